"""How far something is: a sentence, a bar when anybody knows, and a button that calls it off."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.buttons import Button


class ProgressLine(customtkinter.CTkFrame):
    """Takes no room while there is nothing to say."""

    def __init__(self, master: tkinter.Misc, label: str, stop: Callable[[], object]) -> None:
        super().__init__(master, fg_color="transparent", height=1)
        self.grid_columnconfigure(0, weight=1)
        self._inside = customtkinter.CTkFrame(self, fg_color=theme.RAISED)
        self._inside.grid_columnconfigure(0, weight=1)
        self._text = customtkinter.CTkLabel(self._inside, text="", anchor="w")
        self._text.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=theme.GRID // 2)
        self.stop = Button(self._inside, label, stop, height=26)
        self.stop.grid(row=0, column=1, padx=theme.GRID, pady=theme.GRID // 2)
        self._bar = customtkinter.CTkProgressBar(self._inside, height=8, fg_color=theme.LINE)

    @property
    def text(self) -> str:
        """What it says."""
        return str(self._text.cget("text"))

    def show(self, text: str, share: float | None, *, can_stop: bool) -> None:
        """`share` is 0 to 1, or None when nobody knows; without text it vanishes."""
        if text != self.text:
            self._text.configure(text=text)
        if not text:
            self._inside.grid_remove()
            self.configure(height=1)  # an emptied grid keeps its size
            return
        self._inside.grid(row=0, column=0, sticky="ew", pady=(theme.GRID, 0))
        self.stop.allow(can_stop)
        if share is None:
            self._bar.grid_remove()
        else:
            self._bar.set(share)
            self._bar.grid(row=1, column=0, columnspan=2, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID))
