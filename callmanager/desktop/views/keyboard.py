"""Takes the keys of the main window to the commands. The registry says which; here is only how a press gets there."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable

from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.key_presses import CONTROL, Press, commands_by_press, read_press, read_sequence
from callmanager.desktop.widgets.focusing import is_typing
from callmanager.desktop.widgets.framing.menus import open_menu_by_letter

IS_WINDOWS = sys.platform == "win32"
_CLASSES = ("Text", "Entry", "TEntry", "TCombobox", "Listbox", "Treeview")
_OWN_PRESSES = frozenset({"Menubutton", "Menu", "Button", "TButton"})
"""Enter and Space belong to them when they have the focus."""
_LEFT_TO_TEXT = frozenset({"contact.undo"})


class Keyboard:
    """One per main window; dialogs have windows of their own and their own keys."""

    def __init__(self, window: tkinter.Misc, board: CommandBoard, note_typing: Callable[[bool], object]) -> None:
        self._window, self._board, self._note_typing = window, board, note_typing
        self._commands = commands_by_press()
        _free_keys(window, {press for press, command in self._commands.items() if command not in _LEFT_TO_TEXT})
        tkinter.Misc.bind(window, "<KeyPress>", self._on_key, add="+")
        tkinter.Misc.bind(window, "<FocusIn>", self._on_focus, add="+")
        if IS_WINDOWS:  # elsewhere Tk does it for every widget
            tkinter.Misc.bind(window, "<Alt-KeyPress>", self._on_alt, add="+")

    def _on_key(self, event: tkinter.Event[tkinter.Misc]) -> str | None:
        press = read_press(event.keysym, int(event.state), event.keycode, is_windows=IS_WINDOWS)
        command = self._commands.get(press) if press is not None else None
        if press is None or command is None or not isinstance(event.widget, tkinter.Misc):
            return None
        typing = is_typing(event.widget)
        self._note_typing(typing)
        if press.is_for_typing and (typing or event.widget.winfo_class() in _OWN_PRESSES):
            return None
        return "break" if self._board.run(command) else None

    def _on_focus(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if isinstance(event.widget, tkinter.Misc):
            self._note_typing(is_typing(event.widget))

    def _on_alt(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.char and not int(event.state) & CONTROL:  # AltGr is both
            open_menu_by_letter(event.widget, event.char)


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
