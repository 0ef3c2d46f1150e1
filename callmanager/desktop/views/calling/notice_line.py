"""A sentence with its answers beside it, so that it takes one line where there is room for it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button

Answer = tuple[str, Callable[[], object]]
BUTTON_HEIGHT = 28
LEAST_TEXT = 160


class NoticeLine(customtkinter.CTkFrame):
    """`answers` are msgids with what they do."""

    def __init__(self, master: tkinter.Misc, kit: Kit, answers: list[Answer]) -> None:
        super().__init__(master, fg_color=theme.RAISED, corner_radius=6)
        self.grid_columnconfigure(0, weight=1)
        self._text = Words(self, 600, theme.TEXT)
        self._text.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=theme.GRID // 2)
        self._buttons = customtkinter.CTkFrame(self, fg_color="transparent", height=1)
        self._buttons.grid(row=0, column=1, sticky="e", padx=(0, theme.GRID // 2))
        self.buttons = [Button(self._buttons, kit.say(label), press, height=BUTTON_HEIGHT) for label, press in answers]
        for button in self.buttons:
            button.fill(theme.SURFACE, theme.LINE)
            button.pack(side="left", padx=(theme.GRID // 2, 0), pady=theme.GRID // 2)
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")

    def put(self, text: str, colour: Colour) -> None:
        """Show a sentence."""
        self._text.put(text, colour)

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        room = event.width - self._buttons.winfo_reqwidth()
        self._text.fold(max(LEAST_TEXT, round(room / scale) - 3 * theme.GRID))
