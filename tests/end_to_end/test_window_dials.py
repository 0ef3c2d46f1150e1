"""The window, the bridge, InterPhone and a server as processes of one PC: one key dials. On Linux, with the lab's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.shown_call import check_contact_is_dialled, choose_interphone
from tests.hidden_screens import open_screen
from tests.live_server import ROOT
from tests.server.live_office import LiveOffice
from tests.softphones.phone_windows import LabStand

LAUNCHER = ROOT / "client" / "call_manager_app.py"


@pytest.fixture
def screen() -> Iterator[str]:
    with open_screen("1400x900", with_hands=True) as name:
        yield name


@pytest.fixture
def phone_screen() -> Iterator[str]:
    """The phone's window would take the keys of the other one where nobody decides whose they are."""
    with open_screen() as name:
        yield name


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("office"))
    yield opened
    opened.close()


def test_one_key_dials_the_open_contact(tmp_path: Path, office: LiveOffice, screen: str, phone_screen: str) -> None:
    stand = LabStand(tmp_path, phone_screen)
    try:
        phone = stand.start_phone("--other-side", "answers", "--answer-seconds", "0.5")
        choose_interphone(tmp_path / "kept", lab=str(stand.doors))
        command = [sys.executable, str(LAUNCHER), "--data", str(tmp_path / "kept")]
        check_contact_is_dialled(command, office, screen, phone)
    finally:
        stand.end()
