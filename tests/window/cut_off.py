"""Finds text that a window does not show whole: the size that a widget asks for against the one that it was given."""

from __future__ import annotations

import tkinter
from collections.abc import Iterator
from dataclasses import dataclass
from tkinter import font as tkfont
from tkinter import ttk

TOLERANCE = 2
"""Pixels by which rounding may differ."""
TEXT_WIDGETS = (tkinter.Label, tkinter.Button, tkinter.Menubutton, tkinter.Checkbutton, tkinter.Radiobutton)


@dataclass(frozen=True, slots=True)
class CutOff:
    """What is not seen whole, and by how many pixels."""

    text: str
    where: str
    missing_width: int
    missing_height: int

    def __str__(self) -> str:
        return f"{self.text!r} lacks {self.missing_width}x{self.missing_height} px at {self.where}"


def find_cut_off(window: tkinter.Misc) -> list[CutOff]:
    """Everything cut off in what a window shows now, also in dialogs over it."""
    window.update_idletasks()
    return [found for widget in shown_widgets(window) for found in _examine(widget)]


def shown_widgets(widget: tkinter.Misc) -> Iterator[tkinter.Misc]:
    """The widget and all below it that are on the screen."""
    if not widget.winfo_viewable():
        return
    yield widget
    for child in widget.winfo_children():
        if not isinstance(child, tkinter.Menu):
            yield from shown_widgets(child)


def _examine(widget: tkinter.Misc) -> Iterator[CutOff]:
    if isinstance(widget, ttk.Treeview):
        yield from _examine_headings(widget)
        return
    if not isinstance(widget, (*TEXT_WIDGETS, ttk.Label, ttk.Button)):
        return
    text = str(widget.cget("text"))
    if not text.strip():
        return
    width = widget.winfo_reqwidth() - widget.winfo_width()
    height = widget.winfo_reqheight() - widget.winfo_height()
    right, lower = _hidden_by_ancestors(widget)
    width, height = max(width, right), max(height, lower)
    if width > TOLERANCE or height > TOLERANCE:
        yield CutOff(text, str(widget), max(0, width), max(0, height))


def _hidden_by_ancestors(widget: tkinter.Misc) -> tuple[int, int]:
    """By how much it reaches beyond what is around it, as far as that does not scroll."""
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    right, lower = left + widget.winfo_width(), top + widget.winfo_height()
    missing_width = missing_height = 0
    around = widget.master
    child = widget
    while around is not None and not isinstance(child, (tkinter.Toplevel, tkinter.Tk)):
        x, y = around.winfo_rootx(), around.winfo_rooty()
        missing_width = max(missing_width, x - left, right - x - around.winfo_width())
        if isinstance(around, tkinter.Canvas):  # what scrolls is reached by scrolling
            return missing_width, missing_height
        missing_height = max(missing_height, y - top, lower - y - around.winfo_height())
        child, around = around, around.master
    return missing_width, missing_height


def _examine_headings(table: ttk.Treeview) -> Iterator[CutOff]:
    font = tkfont.Font(table, font=ttk.Style(table).lookup("Treeview.Heading", "font") or "TkHeadingFont")
    columns = table.cget("displaycolumns")
    names = table.cget("columns") if columns in ("#all", ("#all",)) else columns
    for name in names:
        text = str(table.heading(name, "text"))
        missing = font.measure(text) - int(table.column(name, "width"))
        if missing > TOLERANCE:
            yield CutOff(text, f"{table} heading {name}", missing, 0)
