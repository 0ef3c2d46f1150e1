"""A contact of the shown window is dialled with keys, hung up and saved: judged by the phone and the server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.end_to_end.shown_program import KEY_SECONDS, SECONDS, WHO, check_contacts_are_shown, press
from tests.server.live_office import LiveOffice
from tests.softphones.phone_windows import PhoneProcess

DIALLED = "88880001"
"""What InterPhone is given for the contact's 8888-0001."""


def choose_interphone(folder: Path, **options: str) -> None:
    """As saved in the phone's settings of the window that keeps its preferences in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    phone = {"driver": "interphone", "options": options, "region": "CR", "style": "national"}
    (folder / "preferences.json").write_text(json.dumps({"phone": phone}), "utf-8")


def check_contact_is_dialled(command: Sequence[str], office: LiveOffice, screen: str, phone: PhoneProcess) -> None:
    """Show contacts, dial the one there is, hang up, and save an outcome. `phone` answers at once."""

    def on_contact(contact_id: int) -> None:
        press_until(screen, ["F3"], lambda: bool(phone.dialled))
        call = wait_for_call(office, contact_id, "state", "connected")
        assert (call["number"], call["driver"], call["estimated"]) == ("8888-0001", "interphone", False)
        press_until(screen, ["F4"], lambda: bool(phone.of("ended")))
        assert wait_for_call(office, contact_id, "state", "ended")["result"] == "answered"
        press_until(screen, ["1", "ctrl+Return"], lambda: bool(find_call(office, contact_id)["disposition"]))

    check_contacts_are_shown(command, office, screen, on_contact)
    assert phone.dialled == [DIALLED]
    assert phone.of("ended") == ["hung_up_here"]


def find_call(office: LiveOffice, contact_id: int) -> dict[str, Any]:
    """The one call of the contact, as the server holds it; empty before there is one."""
    answer = office.ask(WHO, "GET", f"/calls?contact_id={contact_id}")
    assert answer.status_code == 200, answer.text
    calls = answer.json()
    assert len(calls) <= 1
    return calls[0] if calls else {}


def wait_for_call(office: LiveOffice, contact_id: int, field: str, value: str) -> dict[str, Any]:
    until = time.monotonic() + SECONDS
    while (call := find_call(office, contact_id)).get(field) != value:
        assert time.monotonic() < until, call
        time.sleep(0.1)
    return call


def press_until(screen: str, keys: Sequence[str], reached: Callable[[], bool]) -> None:
    """Press, and again when nothing comes of it: a key counts for nothing while the window is busy with another."""
    until = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < until, f"nothing came of {keys}"
        press(screen, *keys)
        pause = time.monotonic() + 2 * KEY_SECONDS
        while not reached() and time.monotonic() < pause:
            time.sleep(0.05)
