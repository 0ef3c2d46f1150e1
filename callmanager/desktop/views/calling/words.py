"""A paragraph that folds to its width, and the colours of the phone's light and of what lasts long."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour

LIGHTS: dict[str, Colour] = {"good": theme.GOOD, "bad": theme.BAD, "unknown": theme.QUIET}
"""Beside words, never alone."""
URGENCIES: dict[str, Colour] = {"calm": theme.TEXT, "long": theme.CAUTION, "too_long": theme.BAD}
EDGES = 64


class Words(customtkinter.CTkLabel):
    """`put` shows a text; without one it takes no room."""

    def __init__(self, master: tkinter.Misc, width: int, colour: Colour, **options: Any) -> None:
        super().__init__(
            master,
            text="",
            anchor="w",
            justify="left",
            text_color=colour,
            **{"height": 1, "wraplength": width - EDGES, **options},
        )

    def put(self, text: str, colour: Colour | None = None) -> None:
        """Show a finished sentence."""
        if self.cget("text") != text:
            self.configure(text=text)
        if colour is not None and self.cget("text_color") != colour:
            self.configure(text_color=colour)

    def fold(self, width: int) -> None:
        """Fold to so many pixels (at 100 %)."""
        if self.cget("wraplength") != width:
            self.configure(wraplength=max(80, width))
