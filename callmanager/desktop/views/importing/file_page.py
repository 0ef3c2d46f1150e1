"""The first page of the wizard: which file, and the imports of before."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import KINDS, ImportModel
from callmanager.desktop.views.importing.earlier import EarlierView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.fields import HEIGHT, TextField
from callmanager.desktop.widgets.file_choice import choose_file
from callmanager.domain.texts import N_


class FilePage(customtkinter.CTkFrame):
    """`first` is what has the focus when it comes."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self.grid_columnconfigure(0, weight=1)
        self.path = TextField(self, kit.say(N_("File: CSV, Excel (.xlsx) or JSON")), model.path, model.type_path)
        self.path.grid(row=0, column=0, sticky="ew")
        self.first = self.path.field
        self.choose = Button(self, kit.say(N_("Choose…")), self._choose, height=HEIGHT)
        self.choose.grid(row=0, column=1, sticky="sw", padx=(theme.GRID, 0))
        hint = customtkinter.CTkLabel(
            self,
            text=kit.say(
                N_("A row near the top names the columns; one of them holds the phones. Nothing is changed yet.")
            ),
            anchor="w",
            justify="left",
            text_color=theme.QUIET,
            font=kit.fonts.small,
            wraplength=780,
        )
        hint.grid(row=1, column=0, columnspan=2, sticky="w", pady=(theme.GRID // 2, theme.GRID))
        self.earlier = EarlierView(self, model, kit)
        self.earlier.grid(row=2, column=0, columnspan=2, sticky="nsew")

    def refresh(self) -> None:
        """Show the model as it is now."""
        self.path.put(self._model.path)
        self.path.enable(is_enabled=not self._model.is_busy)
        self.choose.allow(not self._model.is_busy)
        self.earlier.refresh()

    def _choose(self) -> None:
        say = self._kit.say
        kinds = [(say(N_("Lists of contacts")), KINDS), (say(N_("All files")), ("",))]
        chosen = choose_file(self, say(N_("Choose a list")), kinds, self._model.path)
        if chosen is not None and self.winfo_exists():
            self._model.type_path(str(chosen))
            self._model.go_on()
