"""Shows how the file was read, and lets the user say it: the row of names, the sheet, hidden rows, the encoding, the
separator."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.domain.texts import N_

WRAP = 800


class ReadingFields(customtkinter.CTkFrame):
    """Every choice reads the file again."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model = model
        self.grid_columnconfigure((0, 1), weight=1, uniform="half")
        say = kit.say
        self.header = ChoiceField(self, say(N_("The row that names the columns")), [], None, self._reader("header_row"))
        self.sheet = ChoiceField(self, say(N_("Sheet of the workbook")), [], None, self._reader("sheet"))
        self.encoding = ChoiceField(self, say(N_("How the letters are written")), [], None, self._reader("encoding"))
        self.separator = ChoiceField(self, say(N_("What separates the cells")), [], None, self._reader("separator"))
        self.hidden = ChoiceField(self, say(N_("Hidden rows")), [], None, self._reader("skip_hidden"))
        self._words = customtkinter.CTkLabel(
            self, text="", anchor="w", justify="left", wraplength=WRAP, text_color=theme.QUIET, font=kit.fonts.small
        )

    def refresh(self) -> None:
        """Show the model as it is now."""
        reading = self._model.reading
        is_csv = self._model.preview is not None and self._model.preview["kind"] == "csv"
        shown = [
            self._offer(
                self.header, reading.header_rows(), reading.header_row, is_needed=bool(reading.header_rows()[1:])
            ),
            self._offer(self.sheet, reading.sheets(), reading.sheet, is_needed=bool(reading.sheets())),
            self._offer(self.encoding, reading.encodings(), reading.encoding, is_needed=is_csv),
            self._offer(self.separator, reading.separators(), reading.separator, is_needed=is_csv),
            self._offer(
                self.hidden, reading.hidden_choices(), reading.skips_hidden, is_needed=reading.hidden_rows() > 0
            ),
        ]
        for place, field in enumerate(field for field in shown if field is not None):
            row, column = divmod(place, 2)
            field.grid(row=row, column=column, sticky="ew", padx=(theme.GRID * column, 0), pady=(0, theme.GRID // 2))
        self._show_words(reading.words_text())

    def _offer(
        self, field: ChoiceField, choices: list[tuple[Any, str]], value: Any, *, is_needed: bool
    ) -> ChoiceField | None:
        if not is_needed:
            field.grid_remove()
            return None
        field.offer(choices, value)
        field.enable(is_enabled=not self._model.is_busy)
        return field

    def _show_words(self, text: str) -> None:
        self._words.configure(text=text)
        if text:
            self._words.grid(row=2, column=0, columnspan=2, sticky="w")
        else:
            self._words.grid_remove()

    def _reader(self, name: str) -> Callable[[Any], object]:
        return lambda value: self._model.read(**{name: value})
