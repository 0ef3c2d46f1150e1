"""Lays contacts out as a table that people read and that imports again without changing anything.

Reads in pieces, so that no transaction stays open while a slow client takes a long list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, select

from callmanager.domain.contact_fields import BY_NAME, FIELDS, FieldKind
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.i18n import DEFAULT_LANGUAGE, LANGUAGES, sentence
from callmanager.server.lists.headers import OWN_LABELS, guess_mapping, own_heading
from callmanager.server.pace import Pace
from callmanager.server.queries.contacts import ContactFilter, stream_contacts
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import campaigns, teams, users

SAMPLE_ROWS = 100

_PLAIN = tuple(field for field in FIELDS if field.is_exported and field.is_imported)
_YES = N_("yes")

Cells = dict[str, str]


class ExportSheet:
    """Contacts as rows of texts under headings in the reader's language. May be read once or again."""

    def __init__(self, storage: Storage, sight: Visibility, wanted: ContactFilter, language: str, pace: Pace) -> None:
        self._pace = pace
        self._storage, self._sight, self._wanted = storage, sight, wanted
        self._language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self._headings = self._name_columns()
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

    def _name_columns(self) -> dict[str, str]:
        """The headings by field. Imports know those of what people wrote, and pass over the server's own."""
        written = {field.name: sentence(field.label, self._language) for field in (BY_NAME["phone"], *_PLAIN)}
        return {**written, **{name: own_heading(label, self._language) for name, label in OWN_LABELS.items()}}

    def _columns(self, *, with_extra: bool = True) -> list[str]:
        phones = [self._phone_heading(index) for index in range(self._most_phones)]
        plain = [self._headings[field.name] for field in _PLAIN]
        own = [self._headings[name] for name in OWN_LABELS]
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
        for name, heading in headings.items():
            if name != "phone":
                cells[heading] = self._text(BY_NAME[name].kind if name in BY_NAME else None, contact[name])
        return cells

    def _text(self, kind: FieldKind | None, value: Any) -> str:
        if value is None:
            return ""
        if kind is FieldKind.FLAG:
            return sentence(_YES, self._language) if value else ""
        return self._names[kind].get(value, "") if kind in self._names else str(value)


def _read_names(connection: Connection) -> dict[FieldKind, dict[int, str]]:
    """Names of teams, campaigns and people by id."""

    def names(table: Any, column: Any) -> dict[int, str]:
        return {int(number): str(name) for number, name in connection.execute(select(table.c.id, column))}

    return {
        FieldKind.TEAM: names(teams, teams.c.name),
        FieldKind.CAMPAIGN: names(campaigns, campaigns.c.name),
        FieldKind.USER: names(users, users.c.username),
    }
