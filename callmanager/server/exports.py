"""Lays contacts out as a table that people read and that imports again without changing anything.

Reads in pieces, so that no transaction stays open while a slow client takes a long list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from callmanager.domain.permissions import Visibility
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.pace import Pace
from callmanager.server.queries.contacts import ContactFilter, stream_contacts
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import campaigns, teams, users

SAMPLE_ROWS = 100

# What imports know by these headings. Those of the server itself end in (CM): an import passes them over.
_HEADINGS = {
    "es": {
        "phone": "Teléfono",
        "name": "Nombre",
        "email": "Correo",
        "company": "Empresa",
        "note": "Nota",
        "status": "Estado",
        "team": "Equipo (CM)",
        "campaign": "Campaña (CM)",
        "assigned": "Asignado a (CM)",
        "attempts": "Intentos (CM)",
        "last_called_at": "Última llamada (CM)",
        "next_call_at": "Próxima llamada (CM)",
        "do_not_call": "No llamar (CM)",
        "created_at": "Creado (CM)",
        "updated_at": "Actualizado (CM)",
        "id": "Id (CM)",
        "yes": "sí",
    },
    "en": {
        "phone": "Phone",
        "name": "Name",
        "email": "E-mail",
        "company": "Company",
        "note": "Note",
        "status": "Status",
        "team": "Team (CM)",
        "campaign": "Campaign (CM)",
        "assigned": "Assigned to (CM)",
        "attempts": "Attempts (CM)",
        "last_called_at": "Last call (CM)",
        "next_call_at": "Next call (CM)",
        "do_not_call": "Do not call (CM)",
        "created_at": "Created (CM)",
        "updated_at": "Updated (CM)",
        "id": "Id (CM)",
        "yes": "yes",
    },
}
_PLAIN = ("name", "email", "company", "note", "status")
_TRAIL = ("last_called_at", "next_call_at", "created_at", "updated_at")
_OWN = ("team", "campaign", "assigned", "attempts", "last_called_at", "next_call_at", "do_not_call")
_LAST = ("created_at", "updated_at", "id")

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of teams, campaigns and people by id."""

    teams: dict[int, str]
    campaigns: dict[int, str]
    users: dict[int, str]


class Sheet:
    """Contacts as rows of texts under headings in the reader's language. May be read once or again."""

    def __init__(self, storage: Storage, sight: Visibility, wanted: ContactFilter, language: str, pace: Pace) -> None:
        self._pace = pace
        self._storage, self._sight, self._wanted = storage, sight, wanted
        self._headings = _HEADINGS.get(language, _HEADINGS["es"])
        with storage.read() as connection:
            self._names = _read_names(connection)
        self._most_phones, self._extra = self._survey()
        self.columns = self._columns()
        self._rename_ambiguous()

    def rows(self) -> Iterator[Cells]:
        """Every contact that the filter finds, as cells by heading."""
        return map(self._cells, self._contacts())

    def _contacts(self) -> Iterator[dict[str, Any]]:
        for piece in stream_contacts(self._storage, self._sight, self._wanted):
            yield from orjson.loads(b"[%b]" % piece)

    def _survey(self) -> tuple[int, dict[str, str]]:
        """How many numbers a contact has at most, and the headings of extra fields by their names."""
        most, extra = 1, dict[str, str]()
        for contact in self._pace.walk(self._contacts()):
            most = max(most, len(contact["phones"]))
            extra.update(dict.fromkeys(contact["extra"]))
        return most, {name: name for name in extra}

    def _columns(self, *, with_extra: bool = True) -> list[str]:
        phones = [self._phone_heading(index) for index in range(self._most_phones)]
        plain = [self._headings[name] for name in _PLAIN]
        own = [self._headings[name] for name in (*_OWN, *_LAST)]
        return [*phones, *plain, *(self._extra.values() if with_extra else ()), *own]

    def _phone_heading(self, index: int) -> str:
        return self._headings["phone"] if index == 0 else f"{self._headings['phone']} {index + 1}"

    def _rename_ambiguous(self) -> None:
        """An extra field whose name an import would take for something else says what it is: `extra:NAME`."""
        taken = set(self._columns(with_extra=False))
        self._extra = {name: f"extra:{name}" if name in taken else name for name in self._extra}
        sample = [cells for cells, _ in zip(self.rows(), range(SAMPLE_ROWS), strict=False)]
        guessed = guess_mapping(list(dict.fromkeys(self._columns())), sample)
        self._extra = {
            name: column if guessed[column] == f"extra:{name}" else f"extra:{name}"
            for name, column in self._extra.items()
        }
        self.columns = self._columns()

    def _cells(self, contact: dict[str, Any]) -> Cells:
        headings = self._headings
        cells = {self._extra[name]: text for name, text in contact["extra"].items() if name in self._extra}
        for index, phone in enumerate(contact["phones"][: self._most_phones]):
            cells[self._phone_heading(index)] = phone["number"]
        for name in _PLAIN:
            cells[headings[name]] = contact[name]
        for name in _TRAIL:
            cells[headings[name]] = contact[name] or ""
        cells[headings["team"]] = self._names.teams.get(contact["team_id"], "")
        cells[headings["campaign"]] = self._names.campaigns.get(contact["campaign_id"], "")
        cells[headings["assigned"]] = self._names.users.get(contact["assigned_to"], "")
        cells[headings["attempts"]] = str(contact["attempts"])
        cells[headings["do_not_call"]] = headings["yes"] if contact["do_not_call"] else ""
        cells[headings["id"]] = str(contact["id"])
        return cells


def _read_names(connection: Connection) -> _Names:
    def names(table: Any, column: Any) -> dict[int, str]:
        return {int(number): str(name) for number, name in connection.execute(select(table.c.id, column))}

    return _Names(names(teams, teams.c.name), names(campaigns, campaigns.c.name), names(users, users.c.username))
