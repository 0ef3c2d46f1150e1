"""F8 in the real window: ready, paused with a reason, and the timer; and that every command has something to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.desktop.commands import COMMANDS
from callmanager.desktop.views.state_selector import PauseDialog
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.screens import open_dialogs
from tests.window.signed_in_window import SignedInWindow, window_of_somebody_new

BOUND_AROUND_IT = {"me.password", "me.sign_out", "window.quit"}
"""What callmanager/desktop/window.py binds before anybody signs in; tests/window/test_entrance.py runs them."""


@pytest.fixture
def window(screen: Screen, tmp_path: Path, office: LiveOffice) -> Iterator[SignedInWindow]:  # noqa: F811
    with window_of_somebody_new(screen, tmp_path, office) as made:
        made.screen.until(lambda: made.models.states.can_choose)
        yield made


def label(window: SignedInWindow) -> str:
    return str(window.shell.state_selector.button.cget("text"))


def press(window: SignedInWindow, key: str) -> None:
    window.screen.root.focus_force()
    focused(window.screen.root).event_generate(f"<{key}>")
    window.screen.settle()


def test_every_command_of_the_registry_does_something_in_the_signed_in_window(window: SignedInWindow) -> None:
    assert {command.id for command in COMMANDS} - set(window.board._work) == BOUND_AROUND_IT


def test_f8_makes_ready_then_asks_why_and_makes_ready_again(window: SignedInWindow) -> None:
    assert "Recién conectado" in label(window)
    press(window, "F8")
    window.screen.until(lambda: "Disponible" in label(window) and window.models.states.can_choose)
    press(window, "F8")
    (dialog,) = open_dialogs(window.screen.root)
    assert isinstance(dialog, PauseDialog)
    assert window.screen.root.focus_get() is dialog.buttons[0]
    focused(dialog).event_generate("<Key-2>")
    window.screen.until(lambda: "Almuerzo" in label(window) and window.models.states.can_choose)
    assert window.models.situation.is_paused
    assert window.shell.state_selector.timer.cget("text").startswith("0:0")
    press(window, "F8")
    window.screen.until(lambda: "Disponible" in label(window))


def test_arrows_and_enter_choose_a_reason_and_escape_stays_ready(window: SignedInWindow) -> None:
    press(window, "F8")
    window.screen.until(lambda: "Disponible" in label(window) and window.models.states.can_choose)
    press(window, "F8")
    (dialog,) = open_dialogs(window.screen.root)
    focused(dialog).event_generate("<Escape>")
    window.screen.settle()
    assert open_dialogs(window.screen.root) == []
    assert not window.models.states.is_paused
    press(window, "F8")
    (dialog,) = open_dialogs(window.screen.root)
    focused(dialog.buttons[0]).event_generate("<Down>")
    focused(dialog.buttons[1]).event_generate("<Down>")
    window.screen.settle()
    focused(dialog.buttons[2]).event_generate("<Return>")
    window.screen.until(lambda: "Descanso" in label(window))


def test_what_is_chosen_is_kept_when_the_language_changes(window: SignedInWindow) -> None:
    press(window, "F8")
    window.screen.until(lambda: "Disponible" in label(window))
    window.preferences.speak("en")
    window.screen.settle()
    assert "Ready" in label(window)
    window.preferences.speak("es")
