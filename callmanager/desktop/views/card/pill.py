"""A short word on a coloured ground, as a status is shown. The word is always there: never the colour alone."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour


class Pill(customtkinter.CTkLabel):
    """`put` shows a word with its colour."""

    def __init__(self, master: tkinter.Misc, *, ground: Colour = theme.RAISED) -> None:
        super().__init__(master, text="", corner_radius=10, fg_color=ground, padx=theme.GRID, height=22)

    def put(self, text: str, colour: Colour) -> None:
        """Show `text`, in a colour that reads on the pill's ground."""
        if (self.cget("text"), self.cget("text_color")) != (text, colour):
            self.configure(text=text, text_color=colour)
