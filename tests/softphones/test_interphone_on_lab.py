"""The suite of InterPhone on the laboratory's program. tests/windows runs it on a real Win32 window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hidden_screens import open_screen
from tests.softphones.interphone_behaviour import InterPhoneBehaviour, desk
from tests.softphones.phone_windows import LabStand

__all__ = ["desk"]


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with open_screen("1200x800") as name:
        yield name


@pytest.fixture
def stand(tmp_path: Path, screen: str) -> Iterator[LabStand]:
    opened = LabStand(tmp_path, screen)
    yield opened
    opened.end()


class TestInterPhoneOnLab(InterPhoneBehaviour):
    """Through its door."""
