"""The line at the bottom of the window: short texts side by side. What does not fit makes way."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.widgets.buttons import Button

HEIGHT = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """`weight`: the lower, the earlier it makes way; `side` is left or right; `press` makes it a button."""

    name: str
    weight: int
    side: str = "left"
    press: Callable[[], object] | None = None


class StatusBar(customtkinter.CTkFrame):
    """`show` gives the cells their texts; an empty one takes no place."""

    def __init__(self, master: tkinter.Misc, cells: Sequence[Cell]) -> None:
        super().__init__(master, fg_color=theme.RAISED, corner_radius=0, height=HEIGHT)
        self._cells = tuple(cells)
        font = customtkinter.CTkFont(size=theme.SMALL_SIZE)
        self._shown: dict[str, Any] = {cell.name: self._make(cell, font) for cell in cells}
        self._texts: dict[str, str] = {}
        self._placed: tuple[str, ...] = ()
        tkinter.Misc.bind(self, "<Configure>", lambda _event: self._arrange(), add="+")

    def show(self, texts: Mapping[str, str], colours: Mapping[str, Colour] | None = None) -> None:
        """The texts by the names of the cells; cells without one vanish."""
        for name, widget in self._shown.items():
            text = texts.get(name, "")
            if text != self._texts.get(name):
                widget.configure(text=text)
            colour = (colours or {}).get(name, theme.TEXT)
            if widget.cget("text_color") != colour:
                widget.configure(text_color=colour)
        self._texts = {name: text for name, text in texts.items() if text}
        self._arrange()

    def text_of(self, name: str) -> str:
        """What a cell says; "" when it says nothing."""
        return self._texts.get(name, "")

    def is_shown(self, name: str) -> bool:
        """Whether there is room for a cell."""
        return name in self._placed

    def _make(self, cell: Cell, font: Any) -> Any:
        if cell.press is not None:
            return Button(self, "", cell.press, kind="quiet", height=HEIGHT - 4, font=font)
        return customtkinter.CTkLabel(self, text="", font=font, height=HEIGHT - 2)

    def _arrange(self) -> None:
        fitting = self._fitting()
        if fitting == self._placed:
            return
        for name in self._placed:
            self._shown[name].pack_forget()
        self._placed = fitting
        for cell in self._cells:
            if cell.name in fitting:
                self._shown[cell.name].pack(side=cell.side, padx=theme.GRID, pady=1)

    def _fitting(self) -> tuple[str, ...]:
        wanted = [cell for cell in self._cells if self._texts.get(cell.name)]
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        room = self.winfo_width()
        while len(wanted) > 1 and room > 1 and sum(self._width(cell, scale) for cell in wanted) > room:
            wanted.remove(min(wanted, key=lambda cell: cell.weight))
        return tuple(cell.name for cell in wanted)

    def _width(self, cell: Cell, scale: float) -> float:
        widget = self._shown[cell.name]
        widget.update_idletasks()
        return float(widget.winfo_reqwidth()) + 2 * theme.GRID * scale
