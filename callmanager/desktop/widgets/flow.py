"""A row of widgets that goes on in the next line when the width is used up."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.styling import pixels


class FlowFrame(customtkinter.CTkFrame):
    """Make widgets with it as their master, then `show` those that are wanted, in that order."""

    def __init__(self, master: tkinter.Misc, **options: Any) -> None:
        super().__init__(master, **{"fg_color": "transparent", "height": 1, **options})
        self._shown: list[tkinter.Widget] = []
        self._known: set[tkinter.Widget] = set()
        self._width = 0
        tkinter.Misc.bind(self, "<Configure>", self._measure, add="+")

    def show(self, *widgets: tkinter.Widget) -> None:
        """Show these and no others."""
        if list(widgets) != self._shown:
            for widget in set(widgets) - self._known:
                tkinter.Misc.bind(widget, "<Configure>", lambda _event: self._flow(), add="+")
            self._known.update(widgets)
            self._shown = list(widgets)
            self._flow()

    def _measure(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.width != self._width:
            self._width = event.width
            self._flow()

    def _flow(self) -> None:
        gap = pixels(self)(theme.GRID)
        if not all(widget.winfo_exists() for widget in self._known):
            return  # the window is being taken down
        for widget in self._known.difference(self._shown):
            tkinter.Place.place_forget(widget)
        left = top = line = 0
        for widget in self._shown:
            width, height = widget.winfo_reqwidth(), widget.winfo_reqheight()
            if left and left + width > self._width:
                left, top, line = 0, top + line + gap // 2, 0
            tkinter.Place.place_configure(widget, x=left, y=top)
            left, line = left + width + gap, max(line, height)
        tkinter.Frame.configure(self, height=max(1, top + line))
