"""The views of calls on a real screen and server: what is off is off everywhere, questions, settings, places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.commands import Situation
from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.views.calling.by_hand_dialog import ByHandDialog
from callmanager.desktop.views.calling.phone_dialog import PhoneDialog
from callmanager.desktop.views.calling.question import QuestionDialog
from callmanager.softphones import CallState, EndCause
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.screens import be_of_size, open_dialogs
from tests.window.screens_of_calls import (
    CALLED_ALREADY,
    NOT_TO_BE_CALLED,
    OUTSIDE_HOURS,
    know_dispositions,
    put_call,
    step,
)
from tests.window.signed_in_window import SignedInWindow, window_of_somebody_new
from tests.window.situations import situations


@pytest.fixture
def window(screen: Screen, tmp_path: Path, office: LiveOffice) -> Iterator[SignedInWindow]:  # noqa: F811
    office.create(name="Luz Soto", phone="8822-0001")
    with window_of_somebody_new(screen, tmp_path, office) as made:
        know_dispositions(made)
        made.models.list.select(1)
        made.models.card.open(1)
        screen.until(lambda: made.models.card.is_open and made.models.calling.phone.is_ready)
        yield made


def ended(window: SignedInWindow) -> None:
    """A call with contact 1 is over."""
    put_call(
        window, Stage.OUTCOME, step(CallState.CONNECTED, 60), step(CallState.ENDED, 5, cause=EndCause.HUNG_UP_HERE)
    )
    window.screen.settle()


def over(window: SignedInWindow, kind: Any) -> Any:
    (dialog,) = open_dialogs(window.screen.root)
    assert isinstance(dialog, kind)
    return dialog


def test_a_button_is_off_whenever_its_command_is(window: SignedInWindow) -> None:
    bar, panel = window.shell.call_area.bar, window.shell.outcome_place.panel
    buttons = {
        "call.dial": bar.dial,
        "call.hang_up": bar.hang_up,
        "call.copy_number": bar.copy,
        "call.next": bar.next,
        "call.save": panel.save_and_next,
        "call.callback": panel.call_again,
    }
    seen = set()
    for situation in situations(40):
        window.models.board.place(situation)
        for command, button in buttons.items():
            is_allowed = window.board.is_allowed(command)
            assert (button.cget("state") == "normal") == is_allowed, (command, situation)
            seen.add((command, is_allowed))
    assert len(seen) == 2 * len(buttons), "each was seen on and off"
    window.models.board.place(Situation())
    assert not window.board.run("call.dial")


def test_enter_on_a_warning_does_not_call(window: SignedInWindow) -> None:
    call = window.models.calling.call
    call._question = CALLED_ALREADY
    call.changed.emit()
    dialog = over(window, QuestionDialog)
    focused(dialog).event_generate("<Escape>")
    window.screen.settle()
    assert call.question is None
    assert call.stage is Stage.PREVIEW
    call._question = CALLED_ALREADY
    call.changed.emit()
    focused(over(window, QuestionDialog)).event_generate("<Return>")
    window.screen.settle()
    assert call.stage is Stage.PREVIEW, "Enter goes to the other contact"


def test_who_is_not_to_be_called_is_called_with_a_reason_only(window: SignedInWindow) -> None:
    call, answers = window.models.calling.call, []
    call.answer = lambda *, reason="": answers.append(reason)  # type: ignore[method-assign]
    call._question = NOT_TO_BE_CALLED
    call.changed.emit()
    dialog = over(window, QuestionDialog)
    dialog._agree()
    assert answers == []
    assert dialog.reason._problem.cget("text")
    dialog.reason.put("Pidió que se le llame hoy.")
    dialog._agree()
    assert answers == ["Pidió que se le llame hoy."]


def test_outside_calling_hours_an_agent_can_only_close_the_question(window: SignedInWindow) -> None:
    call = window.models.calling.call
    call._question = OUTSIDE_HOURS
    call.changed.emit()
    dialog = over(window, QuestionDialog)
    assert dialog.title() == "Fuera del horario de llamadas"
    assert dialog.reason is None
    assert [button.cget("text") for button in dialog._buttons.winfo_children()] == ["Cerrar"]
    focused(dialog).event_generate("<Return>")
    window.screen.settle()
    assert (call.question, call.stage) == (None, Stage.PREVIEW)


def test_a_call_from_another_phone_is_written_down_and_stands_in_the_card(window: SignedInWindow) -> None:
    screen, calling = window.screen, window.models.calling
    assert window.board.run("call.log")
    dialog = over(window, ByHandDialog)
    dialog.talk.put("")
    dialog.talk.field.insert(0, "4:30")
    focused(dialog.outcome.buttons.buttons["NC"]).focus_set()
    screen.settle()
    focused(dialog.outcome.buttons.buttons["NC"]).event_generate("<Key-8>")
    screen.settle()
    assert calling.by_hand.outcome.chosen is not None
    assert calling.by_hand.outcome.chosen.code == "NO_INTERESADO"
    focused(dialog).event_generate("<Control-Return>")
    screen.until(lambda: not open_dialogs(screen.root))
    calling.list.load()
    screen.until(lambda: [line.talk for line in calling.list.lines] == ["≈ 4:30"])
    section = window.shell.card_view._calls
    screen.until(lambda: section.table.is_drawn and section.table.shown)
    assert section.table.shown[0].cells["outcome"] == "No interesado"
    assert "el tiempo es estimado" in section._detail.cget("text")


def test_the_phone_is_chosen_and_tried_without_a_contact(window: SignedInWindow) -> None:
    screen, calling = window.screen, window.models.calling
    phone, form, test = calling.phone, calling.phone_form, calling.phone_test
    assert window.board.run("me.phone")
    dialog = over(window, PhoneDialog)
    assert "8888-8888" in dialog._example.cget("text")
    assert "88888888" in dialog._example.cget("text")
    dialog.form["outside_line"].field.insert(0, "9")
    screen.settle()
    assert "988888888" in dialog._example.cget("text")
    form.choose_driver("simulated")
    assert dialog.save.cget("state") == "normal"
    assert dialog.test.call.cget("state") == "disabled", "what is tried is what is saved"
    dialog.save.invoke()
    screen.until(lambda: phone.driver == "simulated" and phone.is_ready and not form.is_busy)
    dialog.test.number.field.insert(0, "8822-0007")
    screen.until(lambda: test.can_dial)
    dialog.test.call.invoke()
    screen.until(lambda: "Ocupado" in dialog.test.result.cget("text"))
    assert test.call is not None
    assert test.call.digits == "88220007", "as it is written: it may be a number of the office"


def test_save_is_seen_without_scrolling_in_the_smallest_window_with_the_largest_text(window: SignedInWindow) -> None:
    window.preferences.resize(150)
    be_of_size(window.screen, 1366, 768)
    ended(window)
    outcome = window.models.calling.outcome
    outcome.choose("VOLVER_A_LLAMAR")
    outcome.check(4.0)
    window.screen.settle()
    shell = window.shell
    for button in (shell.outcome_place.panel.save_and_next, shell.outcome_place.panel.save):
        bottom = button.winfo_rooty() + button.winfo_height()
        assert button.winfo_viewable()
        assert bottom <= shell.status_line.winfo_rooty()
        assert shell.winfo_containing(button.winfo_rootx() + 5, bottom - 5) in (button, *button.winfo_children())


def test_a_phone_that_cannot_hang_up_does_not_offer_it(window: SignedInWindow) -> None:
    bar, call = window.shell.call_area.bar, window.models.calling.call
    put_call(window, Stage.UP, step(CallState.DIALING, 3))
    window.screen.settle()
    assert (bar.hang_up.winfo_viewable(), bar.over_by_key.winfo_viewable()) == (True, False)
    assert call._current is not None
    call._current = replace(call._current, can_hang_up=False)
    call.changed.emit()
    window.screen.settle()
    assert (bar.hang_up.winfo_viewable(), bar.over_by_key.winfo_viewable()) == (False, True)
    assert "(F4)" in bar.over_by_key.cget("text")


def test_a_secret_is_never_shown(window: SignedInWindow) -> None:
    window.models.calling.phone_form.choose_driver("ami")
    assert window.board.run("me.phone")
    dialog = over(window, PhoneDialog)
    dialog.fields["secret"].field.insert(0, "abretesesamo")
    assert set(dialog.fields["secret"].field._entry.cget("show")) == {"•"}
    dialog.close()
    assert not window.models.calling.phone_form.typed.secrets, "closing without saving forgets it"


def test_a_low_window_shows_the_outcome_in_the_place_of_the_list(window: SignedInWindow) -> None:
    place = window.shell.outcome_place
    ended(window)
    assert not place.is_instead_of_list
    assert window.shell.list_view.winfo_viewable()
    be_of_size(window.screen, 1366, 620)
    assert place.is_instead_of_list
    assert not window.shell.list_view.winfo_viewable()
    be_of_size(window.screen, 1366, 768)
    assert not place.is_instead_of_list
    assert window.shell.list_view.winfo_viewable()


def test_what_is_typed_of_the_outcome_stays_when_the_language_changes(window: SignedInWindow) -> None:
    ended(window)
    form = window.shell.outcome_place.panel.form
    form.note.field.insert("end", "pide 2 líneas")
    window.board.run("call.outcome.6")
    window.preferences.speak("en")
    window.screen.settle()
    form = window.shell.outcome_place.panel.form
    assert form.note.text == "pide 2 líneas"
    assert form.buttons.buttons["INTERESADO"].cget("text").startswith("● Interested")
    window.preferences.speak("es")
    window.screen.settle()
