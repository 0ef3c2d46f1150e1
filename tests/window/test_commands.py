"""The registry against the real signed-in window: keys, menus, help and what is allowed, over many situations."""

from __future__ import annotations

import tkinter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.commands import COMMANDS, Situation, get_command
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.key_presses import commands_by_press, read_sequence
from callmanager.desktop.views.keys_help import KeysHelp
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.permissions import ROLES
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.signed_in_window import SignedInWindow, window_of_somebody_new
from tests.window.situations import FLAGS, situations

NEED_THE_SERVER = {
    "contact.new",
    "contact.request",
    "contact.take_over",
    "contact.archive",
    "contact.restore",
    "contact.merge",
    "contact.undo",
    "data.import",
    "data.export",
    "me.password",
    "call.dial",
    "call.log",
    "me.day",
}
BEFORE_SIGNING_IN = {command.id for command in COMMANDS if command.id.startswith("window.")}


@pytest.fixture
def window(screen: Screen, tmp_path: Path, office: LiveOffice) -> Iterator[SignedInWindow]:  # noqa: F811
    with window_of_somebody_new(screen, tmp_path, office) as made:
        yield made


@pytest.fixture
def ran(window: SignedInWindow) -> list[str]:
    """The commands that ran; each of them only says so."""
    found: list[str] = []
    for command in COMMANDS:
        window.board.bind(command.id, lambda name=command.id: found.append(name))
    return found


def place(window: SignedInWindow, situation: Situation) -> None:
    window.board.place(situation)
    window.screen.settle()


def press(window: SignedInWindow, sequence: str, widget: Any = None) -> None:
    focused(widget or window.screen.root.focus_get()).event_generate(f"<{sequence}>")
    window.screen.settle()


def test_every_command_has_a_key_or_a_menu_and_no_key_is_used_twice() -> None:
    assert [command.id for command in COMMANDS if not command.keys and command.menu is None] == []
    assert len(commands_by_press()) == sum(len(command.keys) for command in COMMANDS)


def test_nothing_but_the_window_itself_answers_before_signing_in() -> None:
    for situation in situations(500):
        signed_out = replace(situation, is_signed_in=False, is_card_open=False, is_editing=False)
        assert {command.id for command in COMMANDS if command.is_allowed(signed_out)} == BEFORE_SIGNING_IN


def test_what_needs_the_server_is_off_without_it() -> None:
    for situation in situations(500):
        offline = replace(situation, is_online=False)
        assert not [name for name in NEED_THE_SERVER if get_command(name).is_allowed(offline)]


def test_a_command_without_the_permission_is_off() -> None:
    for situation in situations(500):
        without = replace(situation, permissions=frozenset())
        allowed = {command.id for command in COMMANDS if command.is_allowed(without)}
        assert not allowed & (NEED_THE_SERVER - {"me.password", "me.day"})


def test_every_menu_shows_its_commands_with_keys_and_switches_them_off(window: SignedInWindow) -> None:
    by_menu: dict[str, list[str]] = {}
    for command in COMMANDS:
        if command.menu:
            by_menu.setdefault(command.menu, []).append(command.id)
    for situation in situations(12):
        place(window, situation)
        for name, button in window.shell.header.menus.items():
            button.refresh()
            for number, command_id in enumerate(by_menu[name]):
                state = str(button.menu.entrycget(number, "state"))
                assert (state == "normal") == window.board.is_allowed(command_id), (command_id, situation)
                assert button.menu.entrycget(number, "accelerator") == window.kit.key_of(command_id)
                assert button.menu.entrycget(number, "label") == window.kit.say(get_command(command_id).label)
    assert set(by_menu) == set(window.shell.header.menus)


def test_the_help_shows_every_command_and_greys_what_makes_no_sense(window: SignedInWindow) -> None:
    dialog = Dialog(window.screen.root, "F1")
    view = KeysHelp(dialog.body, window.kit)
    for situation in situations(5):
        place(window, situation)
        assert [line.command.id for line in view.lines] == [command.id for command in COMMANDS]
        assert all(line.is_allowed == window.board.is_allowed(line.command.id) for line in view.lines)
        assert all(bool(line.keys) == bool(line.command.keys) for line in view.lines)
    dialog.close()


def test_the_help_finds_a_command_by_its_name_or_key(window: SignedInWindow) -> None:
    dialog = Dialog(window.screen.root, "F1")
    view = KeysHelp(dialog.body, window.kit)
    view._show("f6")
    assert [line.command.id for line in view.lines] == ["contact.edit"]
    dialog.close()


def test_every_key_runs_its_command_exactly_when_it_is_allowed(window: SignedInWindow, ran: list[str]) -> None:
    window.models.board = CommandBoard()  # what happens meanwhile moves the user nowhere
    window.screen.root.focus_force()
    for situation in [*situations(3), replace(situations(1)[0], is_signed_in=True, is_online=True)]:
        place(window, replace(situation, is_typing=False))
        for command in COMMANDS:
            for key in command.keys:
                window.screen.root.focus_force()
                ran.clear()
                press(window, _tk(key), window.screen.root)
                window.board.place(replace(situation, is_typing=False))  # a press says where the focus is
                expected = [command.id] if window.board.is_allowed(command.id) else []
                assert ran == expected, (key, situation)


def test_a_key_with_ctrl_runs_its_command_wherever_the_keyboard_is(window: SignedInWindow, ran: list[str]) -> None:
    """Tk would take Ctrl+Enter in the list for the Enter that opens a contact: an outcome could not be saved there."""
    window.models.board = CommandBoard()
    situation = Situation(permissions=frozenset(right.value for right in ROLES["admin"]), **dict.fromkeys(FLAGS, True))
    places = [one for one in every_widget(window.screen.root) if one.winfo_viewable() and _takes_keys(one)]
    assert {"Entry", "Treeview", "Frame"} <= {one.winfo_class() for one in places}
    keys = {key: command.id for command in COMMANDS for key in command.keys if "Control" in key}
    wrong = []
    for widget in places:
        for key, command in keys.items():
            window.board.place(situation)
            expected = [command] if window.board.is_allowed(command) else []
            ran.clear()
            press(window, _tk(key), widget)
            if ran != expected:
                wrong.append(f"{widget.winfo_class()} {widget}: {key} ran {ran}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_a_text_field_keeps_its_keys_and_gives_up_those_of_commands(window: SignedInWindow, ran: list[str]) -> None:
    window.shell.list_view.focus_search()
    entry = window.screen.root.focus_get()
    assert isinstance(entry, tkinter.Entry)
    entry.focus_force()
    window.screen.settle()
    entry.insert("end", "ana luz")
    entry.icursor(0)
    press(window, "Control-k", entry)
    press(window, "Control-z", entry)
    assert entry.get() == "ana luz", "Tk's own Ctrl+K would have cut the line"
    assert ran == ["list.search"]
    assert window.models.situation.is_typing
    press(window, "Return", entry)
    assert "contact.open" not in ran


def every_widget(widget: tkinter.Misc) -> Iterator[tkinter.Misc]:
    """It and all within it, but for other windows."""
    yield widget
    for child in widget.winfo_children():
        if not isinstance(child, tkinter.Toplevel):
            yield from every_widget(child)


def _takes_keys(widget: tkinter.Misc) -> bool:
    return str(widget.tk.call("tk::FocusOK", widget)) == "1"


def _tk(key: str) -> str:
    """A key of the registry as Tk makes it: with Caps Lock off, letters are small unless Shift is held."""
    pressed = read_sequence(key)
    held = ["Control"] * pressed.has_control + ["Shift"] * pressed.has_shift
    letter = pressed.key.upper() if pressed.has_shift and len(pressed.key) == 1 else pressed.key
    return "-".join([*held, "KeyPress", letter])
