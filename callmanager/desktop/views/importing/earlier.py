"""The imports of before as a table, with what can be done with each: take it back, save the rows not taken."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.earlier import EarlierImport
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.file_choice import choose_place
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

_COLUMNS = (
    ("when", N_("When"), 140),
    ("name", N_("List"), 150),
    ("who", N_("Who"), 92),
    ("state", N_("State"), 124),
    ("inserted", N_("New"), 76),
    ("updated", N_("Changed"), 110),
    ("rejected", N_("Not taken"), 104),
)
ROWS = 5


class EarlierView(customtkinter.CTkFrame):
    """Shows the model's list for as long as it lives."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self._lines: list[EarlierImport] = []
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(1, weight=1)
        title = customtkinter.CTkLabel(self, text=kit.say(N_("Earlier imports")), font=kit.fonts.strong, anchor="w")
        title.grid(row=0, column=0, sticky="ew")
        self.table = VirtualTable(self, self._fetch, TableLook(self))
        self.table.tree.configure(height=ROWS)
        self.table.grid(row=1, column=0, sticky="nsew")
        self.table.set_columns([Column(name, kit.say(title), width, False) for name, title, width in _COLUMNS])
        self.table.on_select = lambda _row: self._allow()
        buttons = FlowFrame(self)
        buttons.grid(row=2, column=0, sticky="ew", pady=(theme.GRID, 0))
        self.undo = Button(buttons, kit.say(N_("Undo this import…")), self._undo)
        self.rejected = Button(buttons, kit.say(N_("Save the rows not taken…")), self._save)
        buttons.show(self.undo, self.rejected)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        earlier = self._model.earlier
        self._lines = earlier.lines
        places = {line.id: place for place, line in enumerate(self._lines)}
        self.table.show(len(self._lines), position_of=places.get)
        self.table.say(earlier.state_text)
        self._allow()

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [_row(line) for line in self._lines[offset : offset + limit]]

    def _chosen(self) -> EarlierImport | None:
        return next((line for line in self._lines if line.id == self.table.selected), None)

    def _allow(self) -> None:
        line = self._chosen()
        self.undo.allow(line is not None and line.can_undo and not self._model.is_busy)
        self.rejected.allow(line is not None and line.has_rejected)

    def _undo(self) -> None:
        if (line := self._chosen()) is not None:
            ask_undo(self, self._model, self._kit, line.id, line.name)

    def _save(self) -> None:
        if (line := self._chosen()) is not None:
            save_rejected(self, self._model, self._kit, line.id, line.name)


def ask_undo(master: tkinter.Misc, model: ImportModel, kit: Kit, import_id: int, name: str) -> None:
    """Ask before a whole import is taken back."""
    say = kit.say
    kit.ask(
        master,
        say(N_("Undo the import?")),
        say(
            N_(
                "%(name)s: its new contacts go, and contacts that it changed become what they were. "
                "What somebody changed since stays."
            ),
            name=name,
        ),
        say(N_("Undo the import")),
        lambda: model.undo(import_id, name),
        is_dangerous=True,
    )


def save_rejected(master: tkinter.Misc, model: ImportModel, kit: Kit, import_id: int, name: str) -> None:
    """Ask where the rows that were not taken are to be saved."""
    kind = (kit.say(N_("Text table (.csv)")), (".csv",))
    title = kit.say(N_("Save the rows not taken"))
    place = choose_place(master, title, kind, model.rejected.suggest_name(name))
    if place is not None:
        model.rejected.save(import_id, place)


def save_remarks(master: tkinter.Misc, model: ImportModel, kit: Kit, import_id: int, name: str) -> None:
    """Ask where to save what was left out of rows that were taken, and what is in doubt."""
    kind = (kit.say(N_("Text table (.csv)")), (".csv",))
    title = kit.say(N_("Save what was left out"))
    place = choose_place(master, title, kind, model.rejected.suggest_name(name, N_("left out or in doubt")))
    if place is not None:
        model.rejected.save_remarks(import_id, place)


def _row(line: EarlierImport) -> Row:
    cells = {
        "when": line.when,
        "name": line.name,
        "who": line.who,
        "state": line.state,
        "inserted": line.inserted,
        "updated": line.updated,
        "rejected": line.rejected,
    }
    return Row(line.id, cells, "", () if line.can_undo else ("quiet",))
