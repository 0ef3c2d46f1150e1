"""E1: after whatever came before, the next key goes where it belongs. The loop is pressed by real keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.widgets.focusing import may_hold_focus
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.trial.keyed_window import KeyedWindow, keyed_window
from tests.window.screens import open_dialogs
from tests.window.screens_of_calls import CALLED_ALREADY

MARK = "271"
CONTACTS, CALLED_AT_MOST = 60, 3
"""In all, and in a test: nobody is called twice."""
HANGS_UP_KEY, INTERESTED_KEY, CALL_AGAIN_KEY, NO_ANSWER_KEY = "4", "6", "5", "1"


@pytest.fixture(scope="module")
def desk(
    office: LiveOffice,  # noqa: F811
    desk_display: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyedWindow]:
    for number in range(CONTACTS):
        office.create(name=f"Ana Mora {MARK}-{number:02}", phone=f"88{MARK}{number:02}0")
    with keyed_window(
        desk_display, tmp_path_factory.mktemp("desk"), office, f"e1{MARK}", f"Mora {MARK}", role="manager"
    ) as window:
        yield window


@pytest.fixture
def keys(desk: KeyedWindow) -> Iterator[KeyedWindow]:
    yield desk
    desk.leave_everything(CALLED_AT_MOST)


def next_call_takes_digits(keys: KeyedWindow) -> None:
    """The next call by keys alone: its digit is an outcome, and nothing of it is written anywhere."""
    searched = keys.search.text
    keys.dial()
    keys.hang_up()
    keys.press(HANGS_UP_KEY)
    assert keys.outcome.chosen is not None
    assert keys.outcome.chosen.code == "CUELGA"
    assert (keys.outcome.note, keys.form.note.text, keys.search.text) == ("", "", searched)
    keys.save()


def finish(keys: KeyedWindow) -> None:
    """No answer, by its key; then the next contact."""
    keys.press(NO_ANSWER_KEY)
    keys.save()


def test_after_a_note(keys: KeyedWindow) -> None:
    searched = keys.search.text
    keys.dial()
    keys.write("pide 2 lineas")
    assert keys.is_in_note, "letters during a call are its note's"
    assert (keys.outcome.note, keys.search.text) == ("pide 2 lineas", searched)
    keys.hang_up()
    assert keys.is_in_note, "who is writing goes on when the call ends"
    keys.press("Escape")
    finish(keys)
    next_call_takes_digits(keys)


def test_after_a_note_that_was_saved_from_within(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    keys.press(NO_ANSWER_KEY)
    keys.write("nada")
    keys.save()
    assert may_hold_focus(keys.holder)
    assert not keys.is_in_note
    next_call_takes_digits(keys)


def test_after_a_callback(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    keys.press(CALL_AGAIN_KEY)
    keys.write("25/11/2099 12:00")  # its first figure comes before the field was drawn
    assert keys.outcome.callback_text == "25/11/2099 12:00"
    keys.save()
    next_call_takes_digits(keys)


def test_after_a_callback_that_was_given_up(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    keys.press("ctrl+b")
    assert keys.holder is keys.form.callback.field._entry
    keys.outcome.clear()  # as by the mouse: the field goes while the cursor is in it
    keys.screen.settle()
    finish(keys)
    assert keys.outcome.callback_text == ""
    next_call_takes_digits(keys)


def test_after_an_edit(keys: KeyedWindow) -> None:
    keys.press("Return", "F6")
    keys.until(lambda: keys.models.card.now.is_editing)
    keys.write("nota del contacto")
    keys.press("ctrl+s")
    keys.until(lambda: not keys.models.card.now.has_unsaved and not keys.models.card.now.is_saving)
    next_call_takes_digits(keys)


def test_after_an_edit_that_was_ended(keys: KeyedWindow) -> None:
    keys.press("Return", "F6")
    keys.until(lambda: keys.models.card.now.is_editing)
    keys.press("F6")
    keys.until(lambda: not keys.models.card.now.is_editing)
    assert may_hold_focus(keys.holder)
    keys.press("Down")
    assert keys.models.list.selected == keys.models.list.fetch(keys.place + 1, 1)[0].id, (
        "the list has the keyboard again"
    )
    next_call_takes_digits(keys)


def test_after_a_search(keys: KeyedWindow) -> None:
    keys.press("ctrl+k", "End")
    next_call_takes_digits(keys)
    keys.press("ctrl+k", "End")
    searched = keys.search.text
    keys.dial()
    keys.write("pregunta")
    assert (keys.outcome.note, keys.search.text) == ("pregunta", searched)


def test_while_a_call_is_being_prepared(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    keys.press("ctrl+k", "End")
    searched = keys.search.text
    with office.silent():
        keys.press("F3")
        assert keys.call.stage is Stage.STARTING
        keys.write("habla 3 idiomas")
    keys.until(lambda: keys.call.stage is Stage.UP)
    assert (keys.outcome.note, keys.form.note.text) == ("habla 3 idiomas", "habla 3 idiomas")
    assert keys.search.text == searched
    assert keys.is_in_note


def test_after_an_error_of_the_form(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    keys.press("ctrl+Return")  # nothing chosen
    assert "disposition" in keys.outcome.field_errors
    keys.press(CALL_AGAIN_KEY, "ctrl+Return")  # no time
    assert "callback_at" in keys.outcome.field_errors
    keys.press("Escape")
    finish(keys)
    next_call_takes_digits(keys)


def test_after_a_question_that_was_answered_with_no(keys: KeyedWindow) -> None:
    keys.press("ctrl+k", "End")
    keys.call._question = CALLED_ALREADY
    keys.call.changed.emit()
    keys.until(lambda: keys.screen.root.grab_current() is not None)
    keys.press("Escape")
    keys.until(lambda: not open_dialogs(keys.screen.root))
    next_call_takes_digits(keys)


def test_a_dialog_keeps_the_keyboard_and_gives_it_where_it_belongs_by_then(keys: KeyedWindow) -> None:
    keys.press("ctrl+k", "F1")
    keys.until(lambda: keys.screen.root.grab_current() is not None)
    keys.call.dial()
    keys.until(lambda: keys.call.stage is Stage.UP)
    assert keys.holder.winfo_toplevel() is not keys.screen.root
    keys.press("Escape")
    keys.until(lambda: not open_dialogs(keys.screen.root) and keys.holder in keys.form.buttons.buttons.values())
    keys.hang_up()
    finish(keys)


def test_every_key_of_an_outcome_works_on_a_menu_too(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    next(iter(keys.shell.header.menus.values())).focus_set()
    keys.press(INTERESTED_KEY)
    assert keys.outcome.chosen is not None
    assert keys.outcome.chosen.code == "INTERESADO"


def test_after_a_view_that_had_the_keyboard_is_gone(keys: KeyedWindow) -> None:
    keys.press("Return", "ctrl+h")
    keys.until(lambda: keys.models.card.history is not None and keys.holder is not keys.list_rows)
    keys.press("ctrl+h")
    assert keys.holder is keys.list_rows
    keys.models.list.search(f"Mora {MARK}")
    keys.press("Escape")
    assert not keys.models.card.is_open


def test_letters_over_the_list_are_the_search_without_a_call(keys: KeyedWindow) -> None:
    searched = keys.search.text
    keys.write("x4")
    assert keys.search.text == searched + "x4"
    keys.press("BackSpace", "BackSpace")
    assert keys.search.text == searched
    keys.until(lambda: keys.models.list.count == CONTACTS)


def test_ctrl_a_chooses_all_that_is_written(keys: KeyedWindow) -> None:
    searched = keys.search.text
    keys.press("ctrl+k", "Home", "ctrl+a")
    entry = keys.search.entry._entry
    assert entry.selection_get() == searched
    keys.press("Return", "Return", "F6")
    keys.until(lambda: keys.models.card.now.is_editing)
    keys.write("una nota")
    keys.press("ctrl+a")
    assert keys.holder.selection_get().strip() == "una nota"


def test_offline_and_after_it(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    keys.dial()
    keys.hang_up()
    with office.away():
        keys.until(lambda: not keys.models.status.is_online)
        keys.write("sin red")
        keys.press("Escape", NO_ANSWER_KEY)
        keys.save()
        keys.press("F3", HANGS_UP_KEY)  # not possible now: nothing happens, nothing is written
        assert (keys.call.stage, keys.outcome.note) == (Stage.PREVIEW, "")
    keys.until(lambda: keys.models.status.is_online)
    keys.until_sent()
    next_call_takes_digits(keys)
    keys.until_sent()
