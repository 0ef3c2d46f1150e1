"""E1: the loop by real keys after the server or the form has refused something, and after work without a connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.widgets.focusing import may_hold_focus
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.trial.keyed_window import KeyedWindow, keyed_window
from tests.window.screens import open_dialogs

MARK = "283"
CONTACTS, CALLED_AT_MOST = 30, 3
HANGS_UP_KEY, NO_ANSWER_KEY = "4", "1"
REASON = "lo pide su abogado"


@pytest.fixture(scope="module")
def desk(
    office: LiveOffice,  # noqa: F811
    desk_display: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyedWindow]:
    for number in range(CONTACTS):
        office.create(name=f"Iris Vega {MARK}-{number:02}", phone=f"88{MARK}{number:02}0")
    folder = tmp_path_factory.mktemp("desk")
    with keyed_window(desk_display, folder, office, f"e1{MARK}", f"Vega {MARK}", role="manager") as window:
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


def bar_chosen(keys: KeyedWindow, office: LiveOffice) -> int:  # noqa: F811
    """The contact that is chosen in the list is put on the do-not-call list; the window knows."""
    (chosen,) = keys.models.list.fetch(keys.place, 1)
    number = office.boss.get_contact(chosen.id)["phone"]
    office.boss.ask("POST", "/do-not-call", body={"number": number})
    keys.until(lambda: office.boss.get_contact(chosen.id)["do_not_call"] and keys.models.status.is_online)
    return chosen.id


def ask_for_the_reason(keys: KeyedWindow) -> None:
    keys.press("F3")
    keys.until(lambda: keys.holder is not None and keys.holder.winfo_toplevel() is not keys.screen.root)
    assert keys.call.stage is Stage.PREVIEW
    keys.take_picture("question")


def test_after_the_server_refused_a_call_and_one_let_it_be(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    bar_chosen(keys, office)
    ask_for_the_reason(keys)
    keys.write("4")
    keys.press("Escape")
    keys.until(lambda: not open_dialogs(keys.screen.root))
    assert may_hold_focus(keys.holder)
    assert keys.outcome.note == ""
    keys.press("F2")
    next_call_takes_digits(keys)


def test_after_the_server_refused_a_call_and_a_reason_was_written(
    keys: KeyedWindow,
    office: LiveOffice,  # noqa: F811
) -> None:
    contact_id = bar_chosen(keys, office)
    ask_for_the_reason(keys)
    keys.write(REASON)
    keys.press("Tab", "space")
    keys.until(lambda: keys.call.stage is Stage.UP and keys.call.current and keys.call.current.has_dialled)
    assert may_hold_focus(keys.holder)
    keys.hang_up()
    keys.press(NO_ANSWER_KEY)
    keys.save()
    keys.until_sent()
    (call,) = office.boss.ask("GET", f"/contacts/{contact_id}/calls").body
    assert (call["override_reason"], call["note"], call["disposition"]) == (REASON, "", "NC")
    next_call_takes_digits(keys)


def test_after_an_edit_that_cannot_be_saved_as_it_is(keys: KeyedWindow) -> None:
    keys.press("Return", "F6")
    keys.until(lambda: keys.models.card.now.is_editing)
    keys.models.card.editing.type_in("email", "no es un correo")
    keys.press("ctrl+s")
    keys.until(lambda: not keys.models.card.now.is_saving)
    keys.until(lambda: keys.models.card.now.field_errors)
    keys.screen.settle()
    keys.take_picture("edit-error")
    assert keys.models.card.now.is_editing
    assert keys.holder is keys.shell.card_view._form.fields["email"].field._entry, "where it has to be mended"
    assert keys.holder.winfo_rooty() + keys.holder.winfo_height() < keys.screen.root.winfo_height()
    keys.press("ctrl+a")
    keys.write("iris@example.com")
    keys.press("ctrl+s")
    keys.until(lambda: not keys.models.card.now.has_unsaved and not keys.models.card.now.is_saving)
    next_call_takes_digits(keys)


def test_after_a_search_that_found_nobody(keys: KeyedWindow) -> None:
    searched = keys.search.text
    keys.press("ctrl+k", "End")
    keys.write("zz")
    keys.until(lambda: keys.models.list.count == 0)
    keys.press("F3")
    assert keys.call.stage is Stage.PREVIEW
    keys.take_picture("nobody")
    keys.press("ctrl+k", "End", "BackSpace", "BackSpace")
    keys.until(lambda: keys.search.text == searched and keys.models.list.count == CONTACTS)
    keys.press("Return")
    keys.models.list.select(keys.models.list.fetch(keys.place, 1)[0].id)
    next_call_takes_digits(keys)


def test_after_a_search_and_a_note_without_a_connection(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    searched = keys.search.text
    keys.dial()
    keys.write("promete pagar")
    with office.away():
        keys.until(lambda: not keys.models.status.is_online)
        keys.press("F4")
        keys.until(lambda: keys.call.stage is Stage.OUTCOME)
        keys.press("Escape", NO_ANSWER_KEY)
        keys.take_picture("offline")
        keys.save()
        keys.press("ctrl+k", "End")
        keys.write("0")
        keys.until(lambda: 0 < keys.models.list.count <= CONTACTS)
        keys.press("BackSpace", "Return")
        assert keys.search.text == searched
    keys.until(lambda: keys.models.status.is_online)
    keys.until_sent()
    next_call_takes_digits(keys)
