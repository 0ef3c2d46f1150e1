"""Lets the user say which status each strange word of the list means."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.domain.texts import N_


class WordFields(customtkinter.CTkFrame):
    """A choice for each word; nothing when the list has none."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent", height=1)
        self._model, self._kit = model, kit
        self.fields: dict[str, ChoiceField] = {}
        self._shown: object = ([], 0)
        self.grid_columnconfigure((0, 1), weight=1, uniform="half")

    def refresh(self) -> None:
        """Show the model as it is now."""
        lines = self._model.words.lines
        shown = ([(line.word, line.text) for line in lines], self._model.words.more)
        if shown != self._shown:
            self._shown = shown
            self._build()
        for line in lines:
            self.fields[line.word].put(line.status)
            self.fields[line.word].enable(is_enabled=not self._model.is_busy)

    def _build(self) -> None:
        for child in self.winfo_children():
            child.destroy()
        say, words = self._kit.say, self._model.words
        heading = say(N_("The list has words for statuses that are not known here. What do they mean?"))
        if words.more:
            heading += " " + say(N_("(%(count)s more are not shown)"), count=words.more)
        label = customtkinter.CTkLabel(self, text=heading, font=self._kit.fonts.strong, anchor="w", height=22)
        label.grid(row=0, column=0, columnspan=2, sticky="w", pady=(theme.GRID, 0))
        self.fields, choices = {}, words.choices()
        for place, line in enumerate(words.lines):
            field = ChoiceField(self, line.text, choices, line.status, self._putter(line.word))
            row, column = divmod(place, 2)
            field.grid(row=row + 1, column=column, sticky="ew", padx=(0, theme.GRID), pady=(0, theme.GRID // 2))
            self.fields[line.word] = field

    def _putter(self, word: str) -> Callable[[str | None], object]:
        return lambda status: self._model.put_meaning(word, status)
