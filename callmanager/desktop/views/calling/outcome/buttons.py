"""The outcomes as buttons: the word, the digit that chooses it, and its colour; the chosen one is filled."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.outcome import OutcomeChoice
from callmanager.desktop.widgets.buttons import Button, key_label
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.focusing import focus_on

CHOSEN, SUGGESTED, OPEN = "●", "◎", "○"
"""Like radio buttons, so that the choice is not told by colour alone."""


class OutcomeButtons(customtkinter.CTkFrame):
    """`choose(code)` is called when one is pressed. Arrows move from one to the next."""

    def __init__(self, master: tkinter.Misc, choose: Callable[[str], object]) -> None:
        super().__init__(master, fg_color="transparent", height=1)
        self._choose = choose
        self._offered: tuple[tuple[str, str, int | None], ...] = ()
        self._row: FlowFrame | None = None
        self.buttons: dict[str, Button] = {}

    def offer(self, choices: list[OutcomeChoice]) -> None:
        """Show these, in their order."""
        offered = tuple((one.code, one.name, one.key) for one in choices)
        if offered != self._offered:
            self._offered = offered
            self._make(choices)
        for one in choices:
            _paint(self.buttons[one.code], one)

    def focus_chosen(self, choices: list[OutcomeChoice]) -> None:
        """The keyboard to the chosen one, else to what is suggested, so that Enter takes it; else to the first."""
        wanted = sorted(choices, key=lambda one: (not one.is_chosen, not one.is_suggested))
        found = next((one.code for one in wanted if one.code in self.buttons), None)
        if found is not None:
            focus_on(self.buttons[found])

    def _make(self, choices: list[OutcomeChoice]) -> None:
        if self._row is not None:
            self._row.destroy()
        self._row = row = FlowFrame(self)
        row.pack(fill="x", expand=True)
        self.buttons = {}
        for one in choices:
            self.buttons[one.code] = button = Button(row, "", partial(self._choose, one.code), height=30)
            for key, step in (("<Right>", 1), ("<Down>", 1), ("<Left>", -1), ("<Up>", -1)):
                tkinter.Misc.bind(button, key, partial(self._move, one.code, step))
        row.show(*self.buttons.values())

    def _move(self, code: str, step: int, _event: object) -> str:
        codes = list(self.buttons)
        focus_on(self.buttons[codes[(codes.index(code) + step) % len(codes)]])
        return "break"


def _paint(button: Button, one: OutcomeChoice) -> None:
    colour = theme.STATUS_COLOURS.get(one.mark, theme.QUIET)
    key = "" if one.key is None else str(one.key)
    sign = CHOSEN if one.is_chosen else SUGGESTED if one.is_suggested else OPEN
    text = key_label(f"{sign} {one.name}", key)
    wanted = (text, theme.ACCENT if one.is_chosen else theme.RAISED)
    if (button.cget("text"), button.cget("fg_color")) != wanted:
        hover = theme.ACCENT_HOVER if one.is_chosen else theme.LINE
        button.fill(wanted[1], hover)
        button.configure(text=text, text_color=theme.ON_ACCENT if one.is_chosen else colour)
