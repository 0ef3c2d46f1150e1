"""The program itself is killed while one types and saves; what stood on the screen is saved or offered again."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.desktop.store import UnsentWork
from callmanager.desktop.wire import Lease
from callmanager.domain.errors import Conflict
from tests.window.real.premises import Premises, open_contact, sign_in, until_live
from tests.window.real.real_window import RealWindow, say

USER = "bruno"
TEXT = "quiere que lo llamen el lunes a las tres"
TYPING_SECONDS, SAVING_SECONDS = 0.8, 0.5
DISK_SECONDS = 0.5
"""Nobody is promised that what he typed less than this ago is kept."""
LEASE_SECONDS = 150.0
"""More than the contact stays held by a window that is gone."""
OFFER = "Drop the draft"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Premises]:
    with Premises(tmp_path) as found:
        found.hire(USER).close()
        yield found


def name_of(number: int) -> str:
    """Letters only: figures are looked for in phones too."""
    return "Muerte" + chr(97 + number // 26) + chr(97 + number % 26)


def start(office: Premises, contact: str) -> RealWindow:
    window = office.open_window(USER)
    window.until_says(say("User"))
    sign_in(window, "" if USER in window.texts else USER)  # the name of the last time stands there
    until_live(window, USER)
    open_contact(window, contact)
    return window


def begin_note(office: Premises, contact: str) -> RealWindow:
    window = start(office, contact)
    window.press("F6")
    window.until_says(say("Editing. Others can only read."))
    return window


def draft_of(window: RealWindow, contact_id: int) -> str:
    """The note of the draft on the disk of a window that is gone."""
    (file,) = window.folder.rglob("work.db")
    work = UnsentWork(file)
    try:
        found = work.find_draft(f"contact:{contact_id}")
        return "" if found is None else str(found.body["values"]["note"])
    finally:
        work.close()


def die_while_typing(office: Premises, number: int, seconds: float) -> None:
    """Type and save, and be killed that long after the first letter; then start again as the user would."""
    name = name_of(number)
    contact_id = office.create(name=name)
    window = begin_note(office, name)
    with window.typing(TEXT, then="ctrl+s", seconds=TYPING_SECONDS):
        shown, was_saved = watch(window, time.monotonic() + seconds)
        window.kill()
    draft = draft_of(window, contact_id)
    assert TEXT.startswith(draft)
    again = start(office, name)
    saved = office.saved_notes(contact_id)
    assert saved in ([], [TEXT])
    if saved:
        assert not again.says(say(OFFER))
    else:
        assert not was_saved
        assert draft.startswith(shown), "what stood on the screen is lost"
        again.until(lambda: again.says(say(OFFER)) or not draft)
    assert again.complaints == ""
    again.kill()
    free(office, contact_id)


def free(office: Premises, contact_id: int) -> None:
    """A killed window holds its contact for a while, and nobody may hold many: take it away."""
    path = f"/contacts/{contact_id}/lock"
    with contextlib.suppress(Conflict):  # it was free already
        taken = office.boss.ask("POST", f"{path}/take-over", body={"purpose": "edit", "reason": "fin"}).body
        office.boss.ask("DELETE", path, lease=Lease(contact_id, taken["token"], taken["expires_at"]))


def watch(window: RealWindow, end: float) -> tuple[str, bool]:
    """What the note said long enough before the end to be on the disk, and whether the window called it saved."""
    shown, was_saved = "", False
    while time.monotonic() < end:
        texts = window.texts
        was_saved = was_saved or any(text.startswith(say("Saved.")) for text in texts)
        if time.monotonic() < end - DISK_SECONDS:
            shown = max((text for text in texts if text and TEXT.startswith(text)), key=len, default="")
    return shown, was_saved


def die_with_a_note_that_waits(office: Premises, number: int) -> RealWindow:
    """The server is away, the note is put into the outbox, the window is killed; both come back."""
    name = f"Espera {name_of(number)}"
    office.create(name=name)
    window = begin_note(office, name)
    office.server.kill()
    window.until_says(say("The server is away. You may finish the note: it is sent when the server is back."))
    window.write(TEXT)
    window.press("ctrl+s")
    window.until_says(say("The note waits for the server."))
    window.kill()
    office.restart()
    again = start(office, name)
    again.until_says(TEXT)
    return again


def moments(count: int) -> list[float]:
    """Spread over typing, saving and the moment after, each a little beside its place."""
    whole, dice = TYPING_SECONDS + SAVING_SECONDS, random.Random(9)
    return [whole * (number + dice.random()) / count for number in range(count)]


def test_three_deaths_lose_nothing_that_was_shown(office: Premises) -> None:
    for number, seconds in enumerate(moments(3)):
        die_while_typing(office, number, seconds)


def test_a_note_that_waits_survives_its_window(office: Premises) -> None:
    again = die_with_a_note_that_waits(office, 0)
    assert again.says(say("%(count)s to send", count=1)) or office.saved_notes(1) == [TEXT]
    assert again.complaints == ""


@pytest.mark.long
def test_fifty_deaths_lose_nothing_that_was_shown(office: Premises) -> None:
    for number, seconds in enumerate(moments(48)):
        die_while_typing(office, number, seconds)
    for number in range(2):
        again = die_with_a_note_that_waits(office, number)
        again.until(lambda window=again: not window.says(say("The note waits for the server.")), LEASE_SECONDS)
        assert office.saved_notes(49 + number) == [TEXT]
        assert not again.says(say("%(count)s need attention", count=1))
        again.kill()
