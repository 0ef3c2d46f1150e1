"""E4: nothing is called saved before the server has it, and it is said when it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmanager.desktop.models.calling.call import Stage
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.trial.keyed_window import KeyedWindow, keyed_window

MARK = "274"
TO_BE_SENT, SAVED = "Se enviará el resultado: No contesta.", "Resultado guardado: No contesta."


@pytest.fixture(scope="module")
def desk(
    office: LiveOffice,  # noqa: F811
    desk_display: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyedWindow]:
    for number in range(12):
        office.create(name=f"Eva Solís {MARK}-{number:02}", phone=f"88{MARK}{number:02}0")
    folder = tmp_path_factory.mktemp("desk")
    with keyed_window(desk_display, folder, office, f"e4{MARK}", f"Solís {MARK}", role="manager") as window:
        yield window


@pytest.fixture
def keys(desk: KeyedWindow) -> Iterator[KeyedWindow]:
    yield desk
    desk.leave_everything(2)


def notices(keys: KeyedWindow) -> list[str]:
    return [str(toast._message.cget("text")) for toast in keys.window.main.toasts._toasts]


def come_to_outcome(keys: KeyedWindow) -> None:
    keys.dial()
    keys.hang_up()
    keys.until_sent()
    keys.press("1")


def test_an_outcome_is_saved_when_the_server_has_it_and_not_before(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    come_to_outcome(keys)
    with office.silent():
        keys.press("ctrl+Return")
        assert keys.call.stage is Stage.PREVIEW
        assert notices(keys) == [TO_BE_SENT]
        keys.until(lambda: keys.models.status.waiting_text == "Por enviar: 1")
    keys.until(lambda: notices(keys) == [SAVED])
    (toast,) = keys.window.main.toasts._toasts
    assert toast._action is not None, "it can still be taken back"
    keys.until(lambda: keys.models.status.waiting_text == "")


def test_an_outcome_that_is_taken_back_before_it_went_out_was_never_called_saved(
    keys: KeyedWindow,
    office: LiveOffice,  # noqa: F811
) -> None:
    come_to_outcome(keys)
    with office.away():
        keys.until(lambda: not keys.models.status.is_online)
        keys.save()
        assert notices(keys) == [TO_BE_SENT]
        (toast,) = keys.window.main.toasts._toasts
        assert toast._action is not None
        toast._action.invoke()
        keys.until(lambda: keys.call.stage is Stage.OUTCOME and keys.models.status.waiting_text == "")
        keys.save()
        keys.window.main.toasts.close_all()
    keys.until(lambda: notices(keys) == ["Lo que esperaba al servidor ya está guardado."])
    assert keys.models.status.waiting_text == ""


def test_a_note_of_a_contact_waits_until_the_server_has_it(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    keys.press("Return")
    keys.until(lambda: keys.models.card.is_open and keys.models.status.is_online)
    keys.press("F6")
    keys.until(lambda: keys.models.card.now.is_editing)
    keys.write("por la tarde")
    state = keys.shell.card_view._header._state
    with office.silent():
        keys.press("ctrl+s")
        assert state.cget("text") == "Guardando…"
        assert notices(keys) == []
    keys.until(lambda: str(state.cget("text")).startswith("Guardado "))
    assert notices(keys) == ["Guardado."]
