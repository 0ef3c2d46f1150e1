"""The calls of a day: when, whom, at which number, what came of it, and how long they talked."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from callmanager.desktop import theme
from callmanager.desktop.models.calling.call_list import CallLine
from callmanager.desktop.models.calling.day_calls import DayCalls
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

ROWS = 7
_COLUMNS = (
    ("when", N_("Time"), 70),
    ("who", N_("Contact"), 240),
    ("number", N_("Number"), 120),
    ("result", N_("How it ended"), 140),
    ("outcome", N_("Outcome"), 150),
    ("talk", N_("Talk"), 80),
)


class DayList(VirtualTable):
    """Enter opens the contact. `≈` before a time says that it is an estimate."""

    def __init__(self, master: tkinter.Misc, model: DayCalls, kit: Kit, open_contact: Callable[[int], object]) -> None:
        self._model, self._shown, self._open_contact = model, list[CallLine](), open_contact
        super().__init__(master, self._fetch_lines, TableLook(master, marks=theme.STATUS_COLOURS))
        self.set_columns([Column(name, kit.say(title), width, False) for name, title, width in _COLUMNS])
        self.on_open = self._open

    def refresh(self) -> None:
        """Show the model as it is now; without calls it takes no room."""
        self._shown = self._model.lines
        if not self._shown:
            self.pack_forget()
            return
        self.tree.configure(height=min(ROWS, len(self._shown)))
        self.pack(fill="both", expand=True, pady=(theme.GRID, 0))
        places = {line.id: place for place, line in enumerate(self._shown)}
        self.show(len(self._shown), position_of=places.get)

    def _fetch_lines(self, offset: int, limit: int) -> list[Row]:
        return [_row(line) for line in self._shown[offset : offset + limit]]

    def _open(self, call_id: int) -> None:
        contact_id = self._model.find_contact(call_id)
        if contact_id is not None:
            self._open_contact(contact_id)


def _row(line: CallLine) -> Row:
    cells = {
        "when": line.when[-5:],
        "who": line.who,
        "number": line.number,
        "result": line.result,
        "outcome": line.outcome,
        "talk": line.talk,
    }
    return Row(line.id, cells, line.outcome_code, ("caution",) if line.is_up else ())
