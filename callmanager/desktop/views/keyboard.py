"""Takes the keys of the main window to the commands; a letter that is no command goes to where text belongs.

The registry says which key is which command; here is only how a press gets there.
"""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable
from typing import Protocol

from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.key_presses import CONTROL, Press, commands_by_press, read_press, read_sequence
from callmanager.desktop.widgets.focusing import is_held, is_typing
from callmanager.desktop.widgets.menus import open_menu_by_letter

IS_WINDOWS = sys.platform == "win32"
_CLASSES = ("Text", "Entry", "TEntry", "TCombobox", "Listbox", "Treeview")
_OWN_PRESSES = frozenset({"Menubutton", "Menu", "Button", "TButton"})
_PRESSED_BY = frozenset({"Return", "space"})
"""These belong to them when they have the focus."""
_LEFT_TO_TEXT = frozenset({"contact.undo"})
_SELECT_ALL = ("<Control-Key-a>", "<Control-Lock-Key-A>")
"""As everywhere; Tk knows it on Windows only, and goes to the beginning of the line elsewhere."""


class Place(Protocol):
    """Where the next key belongs in the view that is shown (views/keyboard_place.py)."""

    def write(self, widget: tkinter.Misc, letters: str) -> bool: ...
    def leave_field(self) -> bool: ...
    def check_soon(self) -> None: ...


class Keyboard:
    """One per main window; dialogs have windows of their own and their own keys."""

    def __init__(
        self,
        window: tkinter.Misc,
        board: CommandBoard,
        note_typing: Callable[[bool], object],
        find_place: Callable[[], Place | None],
    ) -> None:
        self._window, self._board, self._note_typing, self._find_place = window, board, note_typing, find_place
        self._commands = commands_by_press()
        _free_keys(window, {press for press, command in self._commands.items() if command not in _LEFT_TO_TEXT})
        _let_select_all(window)
        tkinter.Misc.bind(window, "<KeyPress>", self._on_key, add="+")
        tkinter.Misc.bind(window, "<Unmap>", self._on_hidden, add="+")
        tkinter.Misc.bind(window, "<Destroy>", self._on_hidden, add="+")
        tkinter.Misc.bind(window, "<FocusIn>", self._on_focus, add="+")
        if IS_WINDOWS:  # elsewhere Tk does it for every widget
            tkinter.Misc.bind(window, "<Alt-KeyPress>", self._on_alt, add="+")

    def _on_key(self, event: tkinter.Event[tkinter.Misc]) -> str | None:
        widget: object = event.widget
        if not isinstance(widget, tkinter.Misc):  # a part of Tk's own
            return None
        typing = is_typing(widget)
        press = read_press(event.keysym, int(event.state), event.keycode, is_windows=IS_WINDOWS)
        is_done = press is not None and self._command(press, widget, typing)
        return "break" if is_done or self._text(event, typing) else None

    def _command(self, press: Press, widget: tkinter.Misc, typing: bool) -> bool:
        """Do the command of a press; whether one was done."""
        command = self._commands.get(press)
        if command is None:
            return False
        self._note_typing(typing)
        if press.is_for_typing and (typing or (press.key in _PRESSED_BY and widget.winfo_class() in _OWN_PRESSES)):
            return False
        place = self._find_place()
        if typing and press.key == "Escape" and place is not None and place.leave_field():
            return True
        return self._board.run(command)

    def _text(self, event: tkinter.Event[tkinter.Misc], typing: bool) -> bool:
        """Take letters that were typed on a widget without any use for them to where text belongs."""
        place = self._find_place()
        if typing or place is None or is_held(event) or not event.char.isprintable() or not event.char:
            return False
        return place.write(event.widget, event.char)

    def _on_focus(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if isinstance(event.widget, tkinter.Misc):
            self._note_typing(is_typing(event.widget))
        self._on_hidden(event)

    def _on_hidden(self, _event: object) -> None:
        place = self._find_place()
        if place is not None:
            place.check_soon()

    def _on_alt(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.char and not int(event.state) & CONTROL:  # AltGr is both
            open_menu_by_letter(event.widget, event.char)


def _let_select_all(window: tkinter.Misc) -> None:
    """Have Ctrl+A choose all that is written in a field, in all windows."""
    for sequence in _SELECT_ALL:
        for virtual in window.event_info():
            window.event_delete(virtual, sequence)
        window.event_add("<<SelectAll>>", sequence)


def _free_keys(window: tkinter.Misc, presses: set[Press]) -> None:
    """Take from Tk's text fields what they do with these keys (Ctrl+K cuts a line there), for all windows."""
    for virtual in window.event_info():
        for sequence in window.event_info(virtual):
            if _read_tk(sequence) in presses:
                window.event_delete(virtual, sequence)
    for name in _CLASSES:
        for sequence in window.bind_class(name):
            if not sequence.startswith("<<") and _read_tk(sequence) in presses:
                window.unbind_class(name, sequence)


def _read_tk(sequence: str) -> Press | None:
    """The press of a sequence as Tk writes it, `<Control-Key-n>`; None for all else."""
    *held, key = sequence.strip("<>").split("-")
    known = {"Control", "Shift", "Key", "Lock"}
    if "Control" not in held or not known.issuperset(held) or not key:
        return None
    return read_sequence("-".join([*(part for part in held if part in ("Control", "Shift")), key]))
