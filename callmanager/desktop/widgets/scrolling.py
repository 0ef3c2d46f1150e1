"""A part of the window that scrolls when its content is higher: by wheel, and by itself to what has the focus.

CustomTkinter's own leaves its bindings behind in every window; this one ends with its widgets.
"""

from __future__ import annotations

import sys
import tkinter
from tkinter import ttk
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.widgets.styling import now, pixels

SCROLL_BY_THEMSELVES = frozenset({"Text", "Treeview", "Listbox"})
_WHEEL = ("<Button-4>", "<Button-5>") if sys.platform.startswith("linux") else ("<MouseWheel>",)
_STEP = 40


class ScrollFrame(customtkinter.CTkFrame):
    """Put the content into `inside`, beside which there is room for the bar. `is_fitting`: it asks for as much as the
    content. `is_filling`: the content is at least as high as it is itself.
    """

    def __init__(
        self,
        master: tkinter.Misc,
        *,
        ground: Colour = theme.SURFACE,
        is_fitting: bool = False,
        is_filling: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(master, **{"fg_color": ground, "corner_radius": 0, **options})
        self._ground, self._is_fitting, self._is_filling = ground, is_fitting, is_filling
        self.grid_rowconfigure(0, weight=1)
        self.grid_columnconfigure(0, weight=1)
        # The bar's place is always kept: content that became lower by the width of a bar that goes, and higher by that
        # of one that comes, would never come to rest.
        self.grid_columnconfigure(1, minsize=pixels(self)(theme.BAR_WIDTH))
        self._view = tkinter.Canvas(
            self, highlightthickness=0, borderwidth=0, yscrollincrement=1, background=now(ground)
        )
        self._view.grid(row=0, column=0, sticky="nsew")
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._view.yview)
        self._view.configure(yscrollcommand=self._show_bar)
        self.inside = customtkinter.CTkFrame(self._view, fg_color=ground, corner_radius=0)
        # Its width is always ours: text that folds to a width which the text itself asks for would never come to rest.
        wide = self._view.winfo_reqwidth()
        self._item = self._view.create_window(0, 0, window=self.inside, anchor="nw", width=wide)
        tkinter.Misc.bind(self.inside, "<Configure>", lambda _event: self.measure(), add="+")
        self._view.bind("<Configure>", self._widen)
        _watch(self.winfo_toplevel())

    def scroll(self, steps: int) -> None:
        """Down by so many steps of the wheel, or up."""
        if self._is_higher():
            self._view.yview_scroll(steps * _STEP, "units")

    def show(self, widget: tkinter.Misc) -> None:
        """Scroll so that `widget`, inside it, is seen."""
        top = widget.winfo_rooty() - self.inside.winfo_rooty()
        bottom = top + widget.winfo_height()
        first = self._view.canvasy(0)
        if top < first:
            self._view.yview_scroll(round(top - first) - theme.GRID, "units")
        elif bottom > first + self._view.winfo_height():
            self._view.yview_scroll(round(bottom - first - self._view.winfo_height()) + theme.GRID, "units")

    def _set_appearance_mode(self, mode: str) -> None:
        super()._set_appearance_mode(mode)
        self._view.configure(background=now(self._ground))

    def _is_higher(self) -> bool:
        return int(self.inside.winfo_reqheight()) > self._view.winfo_height()

    def measure(self) -> None:
        """See how high the content is now; it does so by itself when Tk tells, which may be too late for who asks."""
        self._view.configure(scrollregion=(0, 0, 1, self.inside.winfo_reqheight()))
        if self._is_fitting:
            self._view.configure(height=self.inside.winfo_reqheight())
        self._fill(self._view.winfo_height())

    def _widen(self, event: tkinter.Event[tkinter.Canvas]) -> None:
        self._view.itemconfigure(self._item, width=event.width)
        self._fill(event.height)

    def _fill(self, height: int) -> None:
        if self._is_filling:
            self._view.itemconfigure(self._item, height=max(height, self.inside.winfo_reqheight()))

    def _show_bar(self, first: float, last: float) -> None:
        if float(first) <= 0.0 and float(last) >= 1.0:  # they come as text
            self._bar.grid_remove()
        else:
            self._bar.grid(row=0, column=1, sticky="ns")
        self._bar.set(first, last)


def _watch(window: tkinter.Misc) -> None:
    """One listener for each window, whatever scrolls in it."""
    if getattr(window, "_has_scrolling", False):
        return
    window._has_scrolling = True  # type: ignore[attr-defined]
    for wheel in _WHEEL:
        tkinter.Misc.bind(window, wheel, _on_wheel, add="+")
    tkinter.Misc.bind(window, "<FocusIn>", _on_focus, add="+")


def _on_wheel(event: tkinter.Event[tkinter.Misc]) -> None:
    if isinstance(event.widget, tkinter.Misc) and event.widget.winfo_class() not in SCROLL_BY_THEMSELVES:
        around = _around(event.widget)
        if around is not None:
            around.scroll(-1 if event.num == 4 or event.delta > 0 else 1)


def _on_focus(event: tkinter.Event[tkinter.Misc]) -> None:
    if isinstance(event.widget, tkinter.Misc):
        around = _around(event.widget)
        if around is not None:
            around.show(event.widget)


def _around(widget: tkinter.Misc | None) -> ScrollFrame | None:
    while widget is not None and not isinstance(widget, ScrollFrame):
        widget = widget.master
    return widget
