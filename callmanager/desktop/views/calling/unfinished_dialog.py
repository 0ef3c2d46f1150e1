"""The calls that wait for an outcome since before this start: each leads to the form."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.unfinished import UnfinishedModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

WIDTH = 860
ROWS = 5
_COLUMNS = (
    ("when", N_("When"), 140),
    ("who", N_("Contact"), 230),
    ("number", N_("Number"), 110),
    ("state", N_("State"), 300),
)


class UnfinishedDialog(Dialog):
    """Enter asks for the outcome of the chosen one. Until then no other call can be made."""

    def __init__(self, master: tkinter.Misc, model: UnfinishedModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Calls without an outcome")), width=WIDTH)
        self._model, self._kit = model, kit
        self.add_text(kit.say(N_("They are from before. Say what came of each; then you can call again.")))
        self.table = VirtualTable(self.body, self._fetch, TableLook(self.body))
        self.table.tree.configure(height=ROWS)
        self.table.pack(fill="both", expand=True)
        self.table.set_columns([Column(name, kit.say(title), width, False) for name, title, width in _COLUMNS])
        self.table.on_open = self._resume
        self._hint = customtkinter.CTkLabel(self.body, text="", anchor="w", text_color=theme.QUIET)
        self._hint.pack(fill="x")
        self.add_button(kit.say(N_("Later")), self.close)
        self.resume = self.add_button(kit.say(N_("Say what came of it")), self._resume_chosen, kind="main")
        kit.listen(self, model.changed, self.refresh)
        self.refresh()
        self.table.go_to(0)
        self.open(self.table.tree)

    def refresh(self) -> None:
        """Show the model as it is now; closes when none is left."""
        calls = self._model.calls
        self._hint.configure(text=self._model.text)
        self.resume.allow(bool(calls))
        places = {one.id: place for place, one in enumerate(calls)}
        self.table.show(len(calls), position_of=places.get)
        if not calls:
            self.close()

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [
            Row(one.id, {"when": one.when, "who": one.contact_name, "number": one.number, "state": one.state})
            for one in self._model.calls[offset : offset + limit]
        ]

    def _resume_chosen(self) -> None:
        if self.table.selected is not None:
            self._resume(self.table.selected)

    def _resume(self, call_id: int) -> None:
        self.close()
        self._model.resume(call_id)
