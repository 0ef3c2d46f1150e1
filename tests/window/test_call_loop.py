"""The agent's loop in the real window with keys only: dial, talk, hang up, outcome, note, next; and what others see."""

from __future__ import annotations

import random
import tkinter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Store
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import PASSWORD, LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.screens import open_dialogs
from tests.window.signed_in_window import SignedInWindow, signed_in_window

MOST_TABS = 40


@pytest.fixture
def window(screen: Screen, tmp_path: Path, office: LiveOffice) -> Iterator[SignedInWindow]:  # noqa: F811
    """An agent with a simulated phone, and three contacts that answer it."""
    mark = random.SystemRandom().randrange(10**6)
    for number in range(3):
        office.create(name=f"Ana Mora {mark:06}-{number}", phone=f"88{mark:06}"[:7] + str(number))
    username = f"u{random.SystemRandom().randrange(10**9)}"
    office.hire(username, "manager")
    PreferenceFile(tmp_path).write({"phone": {"driver": "simulated"}})
    with signed_in_window(screen, tmp_path, office.server.url, username) as made:
        calling = made.models.calling
        screen.until(lambda: calling.phone.is_ready and calling.dispositions.is_known)
        made.models.list.search(f"{mark:06}")
        screen.until(lambda: made.models.list.count == 3)
        screen.settle()
        yield made


def press(window: SignedInWindow, key: str) -> None:
    """A key where the keyboard is."""
    root = window.screen.root
    at = root.focus_get() or root
    focused(at).event_generate(f"<{key}>")
    window.screen.settle()


def tab_to(window: SignedInWindow, widget: Any) -> None:
    """Tab until the keyboard is there."""
    for _ in range(MOST_TABS):
        if window.screen.root.focus_get() is widget:
            return
        press(window, "Tab")
    raise AssertionError("Tab does not come there")


def write(window: SignedInWindow, text: str) -> None:
    """Letters and digits as they come from the keyboard."""
    for letter in text:
        press(window, "space" if letter == " " else f"Key-{letter}")


def state(window: SignedInWindow) -> str:
    return str(window.shell.call_area.bar.state.cget("text"))


def test_a_whole_call_needs_no_mouse(window: SignedInWindow, office: LiveOffice) -> None:  # noqa: F811
    screen, models, call = window.screen, window.models, window.models.calling.call
    screen.root.focus_force()
    window.shell.list_view.focus_table()
    press(window, "F3")
    screen.until(lambda: "Timbrando" in state(window))
    called = models.card.now.contact_id
    assert called is not None
    assert models.states.own is not None
    screen.until(lambda: "En llamada 0:0" in state(window))
    screen.until(lambda: models.states.own.state == "on_call")
    press(window, "F4")
    screen.until(lambda: call.stage is Stage.OUTCOME)
    press(window, "Key-6")
    panel = window.shell.outcome_place.panel
    assert panel.form.buttons.buttons["INTERESADO"].cget("text").startswith("●")
    tab_to(window, panel.form.note.field._textbox)
    write(window, "pide 2 lineas")
    assert models.calling.outcome.note == "pide 2 lineas"
    press(window, "Control-Return")
    assert models.calling.outcome.question is not None, "after so short a call it is asked once"
    press(window, "Control-Return")
    screen.until(lambda: models.card.now.contact_id not in (None, called))
    assert call.stage is Stage.PREVIEW
    screen.until(
        lambda: (
            models.status.waiting_text == ""
            and office.boss.ask("GET", f"/contacts/{called}").body["status"] == "INTERESADO"
        )
    )
    (told,) = office.boss.ask("GET", f"/contacts/{called}/calls").body
    assert (told["disposition"], told["note"], told["result"]) == ("INTERESADO", "pide 2 lineas", "answered")
    assert not told["estimated"]
    press(window, "F3")
    screen.until(lambda: call.stage is Stage.UP)
    press(window, "F4")
    screen.until(lambda: call.stage in (Stage.OUTCOME, Stage.PREVIEW))


def test_an_outcome_can_be_taken_back_while_its_notice_stands(window: SignedInWindow) -> None:
    screen, call = window.screen, window.models.calling.call
    dial_and_hang_up(window)
    press(window, "Key-1")
    window.shell.outcome_place.panel.save.invoke()
    screen.until(lambda: call.stage is Stage.PREVIEW and window.main.toasts.count == 1)
    (toast,) = window.main.toasts._toasts
    assert toast._action is not None
    assert "8 s" in toast._action.cget("text")
    toast._action.invoke()
    screen.until(lambda: call.stage is Stage.OUTCOME)
    assert window.models.calling.outcome.chosen is not None
    assert window.models.calling.outcome.chosen.code == "NC"


def test_digits_are_text_in_a_field_and_choose_outside_of_it(window: SignedInWindow) -> None:
    dial_and_hang_up(window)
    press(window, "Control-k")
    search = window.screen.root.focus_get()
    assert isinstance(search, tkinter.Entry)
    before = search.get()
    press(window, "End")
    press(window, "Key-6")
    assert search.get() == before + "6"
    assert window.models.calling.outcome.chosen is None
    form = window.shell.outcome_place.panel.form
    form.note.focus_field()
    press(window, "Key-7")
    assert form.note.text == "7"
    press(window, "Escape")
    assert window.models.card.is_open, "Esc leaves the field and closes nothing"
    press(window, "Key-5")
    chosen = window.models.calling.outcome.chosen
    assert chosen is not None
    assert chosen.code == "VOLVER_A_LLAMAR"
    assert window.screen.root.focus_get() is form.callback.field._entry, "the time that it needs is asked at once"


def test_who_is_on_a_call_is_seen_by_the_others(window: SignedInWindow, tmp_path: Path, office: LiveOffice) -> None:  # noqa: F811
    screen, models = window.screen, window.models
    username = f"z{random.SystemRandom().randrange(10**9)}"
    office.hire(username, "manager")
    remote = Remote(office.server.url, language="es")
    user = remote.sign_in(username, PASSWORD)
    other = Workplace(remote, user, Store(tmp_path / "other"), SystemClock(), lambda _event: None)
    other.start()
    try:
        contact = models.list.fetch(1, 1)[0].id
        screen.until(lambda: models.presence.is_online(user.user_id))
        lease = other.take_contact(contact, "call")
        number = other.remote.ask("GET", f"/contacts/{contact}").body["phones"][0]["number"]
        body = {"contact_id": contact, "lease_token": lease.token, "number": number, "driver": "none"}
        other.remote.ask("POST", "/calls", body=body, key=f"k-{username}")
        screen.until(lambda: f"☎ {username} en llamada" in models.list.fetch(1, 1)[0].cells["badge"])

        def row() -> Any:
            return next(one for one in models.colleagues.colleagues if one.id == user.user_id)

        screen.until(lambda: "En llamada" in row().state_text and "llama a Ana Mora" in row().doing)
    finally:
        other.close()


def test_what_is_unfinished_is_asked_for_once(window: SignedInWindow) -> None:
    unfinished = window.models.calling.unfinished
    window.screen.until(lambda: unfinished.was_shown)
    unfinished.was_shown = False
    contact = window.models.list.fetch(0, 1)[0].id
    left = {"id": 77, "contact_id": contact, "number": "8811-0000", "state": "ended", "cause": "lost"}
    unfinished._take([{**left, "requested_at": "2026-11-22T10:53:31.123Z", "disposition": None}])
    window.screen.settle()
    (dialog,) = open_dialogs(window.screen.root)
    assert [row.cells["who"] for row in dialog.table.shown] == [window.models.list.fetch(0, 1)[0].cells["name"]]  # type: ignore[attr-defined]
    focused(dialog).event_generate("<Escape>")
    window.screen.settle()
    unfinished.changed.emit()
    assert open_dialogs(window.screen.root) == []
    assert "1 llamada" in unfinished.text


def dial_and_hang_up(window: SignedInWindow) -> None:
    """A call that was dialled and has no outcome yet."""
    screen, call = window.screen, window.models.calling.call
    screen.root.focus_force()
    window.shell.list_view.focus_table()
    press(window, "F3")
    screen.until(lambda: "Timbrando" in state(window))
    press(window, "F4")
    screen.until(lambda: call.stage is Stage.OUTCOME)
