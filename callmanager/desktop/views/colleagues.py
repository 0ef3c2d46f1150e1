"""The screen of colleagues (F7): who is there, what each does now, and in which team."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.colleagues import AWAY, HERE, UNKNOWN, Colleague, ColleaguesModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

_COLUMNS = (
    ("name", N_("Name"), 160),
    ("state", N_("State"), 190),
    ("doing", N_("Does now"), 240),
    ("team", N_("Team"), 110),
    ("role", N_("Role"), 130),
)
_MARKS = {HERE: theme.GOOD, AWAY: theme.LINE, UNKNOWN: theme.CAUTION}


class ColleaguesView(customtkinter.CTkFrame):
    """`on_contact(contact_id)`: a colleague was opened while he works on a contact."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: ColleaguesModel,
        kit: Kit,
        on_contact: Callable[[int], object] = lambda _contact_id: None,
    ) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit, self._on_contact = model, kit, on_contact
        self._colleagues: list[Colleague] = []
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.summary = customtkinter.CTkLabel(self, text="", anchor="w", font=kit.fonts.strong)
        self.summary.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=theme.GRID)
        self.table = VirtualTable(self, self._fetch, TableLook(self, marks=_MARKS))
        self.table.grid(row=1, column=0, sticky="nsew")
        self.table.set_columns([Column(name, kit.say(title), width, False) for name, title, width in _COLUMNS])
        self.table.on_open = self._open
        kit.listen(self, model.changed, self.show)
        self.show()

    def show(self) -> None:
        """As it is now."""
        self._colleagues = self._model.colleagues
        self.summary.configure(text=self._model.summary)
        places = {one.id: place for place, one in enumerate(self._colleagues)}
        self.table.show(len(self._colleagues), position_of=places.get)
        self.table.say("" if self._colleagues else self._kit.say(N_("Nobody is known here yet.")))

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [_row(one) for one in self._colleagues[offset : offset + limit]]

    def _open(self, user_id: int) -> None:
        chosen = next((one for one in self._colleagues if one.id == user_id), None)
        if chosen is not None and chosen.contact_id is not None:
            self._on_contact(chosen.contact_id)


def _row(one: Colleague) -> Row:
    cells = {"name": one.name, "state": one.state_text, "doing": one.doing, "team": one.team, "role": one.role}
    return Row(one.id, cells, one.state, () if one.state == HERE else ("quiet",))
