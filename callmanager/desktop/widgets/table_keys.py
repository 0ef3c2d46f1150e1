"""What keys and the mouse do in a table, with one meaning of the wheel on Windows, macOS and X11."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any, Protocol

from callmanager.desktop.widgets.focusing import is_held

WHEEL_ROWS = 3
NOTCH = 120
"""What Windows says for one step of a wheel."""


class KeyedTable(Protocol):
    """What a table does when it is told to by keys; `VirtualTable` fits."""

    tree: ttk.Treeview
    on_type: Callable[[str], object]

    @property
    def page_size(self) -> int: ...
    def move(self, step: int) -> None: ...
    def go_to(self, position: int) -> None: ...
    def scroll(self, rows: int) -> None: ...
    def redraw(self) -> None: ...
    def open_selected(self) -> None: ...
    def take_selection(self) -> None: ...
    def note_widths(self) -> None: ...


def bind_keys(table: KeyedTable) -> None:
    """Give the table its keys and its wheel."""
    moves = {
        "<Up>": lambda: table.move(-1),
        "<Down>": lambda: table.move(1),
        "<Prior>": lambda: table.move(-table.page_size),
        "<Next>": lambda: table.move(table.page_size),
        "<Home>": lambda: table.go_to(0),
        "<End>": lambda: table.go_to(sys.maxsize),
        "<Return>": table.open_selected,
        "<KP_Enter>": table.open_selected,
    }
    for sequence, work in moves.items():
        table.tree.bind(sequence, _unless_held(work))
    table.tree.bind("<Key>", lambda event: _on_key(table, event))
    table.tree.bind("<<TreeviewSelect>>", lambda _event: table.take_selection())
    table.tree.bind("<Double-1>", lambda event: _on_double_click(table, event))
    table.tree.bind("<ButtonRelease-1>", lambda _event: table.note_widths(), add="+")
    table.tree.bind("<Configure>", lambda _event: table.redraw())
    table.tree.bind("<MouseWheel>", lambda event: _on_wheel(table, event))
    table.tree.bind("<Button-4>", _stopping(lambda: table.scroll(-WHEEL_ROWS)))
    table.tree.bind("<Button-5>", _stopping(lambda: table.scroll(WHEEL_ROWS)))


def _unless_held(work: Callable[[], object]) -> Callable[[tkinter.Event[Any]], str | None]:
    """Do it and leave nothing to Tk, unless the key belongs to a command."""

    def do(event: tkinter.Event[Any]) -> str | None:
        if is_held(event):
            return None
        work()
        return "break"

    return do


def _stopping(work: Callable[[], object]) -> Callable[[object], str]:
    """Tk's own handling would move among the few rows that it knows."""

    def do(_event: object) -> str:
        work()
        return "break"

    return do


def _on_key(table: KeyedTable, event: tkinter.Event[Any]) -> str | None:
    """Letters go to who looks for rows by them; digits belong to commands."""
    is_letter = event.char.isprintable() and event.char.strip() and not event.char.isdigit()
    if not is_letter or is_held(event):
        return None
    table.on_type(event.char)
    return "break"


def _on_double_click(table: KeyedTable, event: tkinter.Event[Any]) -> str:
    if table.tree.identify_region(event.x, event.y) in ("cell", "tree"):
        table.open_selected()
    return "break"


def _on_wheel(table: KeyedTable, event: tkinter.Event[Any]) -> str:
    steps = event.delta / NOTCH if sys.platform == "win32" else event.delta
    rows = steps * (WHEEL_ROWS if sys.platform == "win32" else 1)
    table.scroll(-(int(rows) or (1 if rows > 0 else -1)))
    return "break"
