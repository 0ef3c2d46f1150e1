"""The suite of InterPhone on the laboratory's program. tests/windows runs it on a real Win32 window."""

from __future__ import annotations

from tests.softphones.interphone_behaviour import InterPhoneBehaviour, desk

__all__ = ["desk"]


class TestInterPhoneOnLab(InterPhoneBehaviour):
    """Through its door."""
