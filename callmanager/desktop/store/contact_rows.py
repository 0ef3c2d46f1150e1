"""Contacts in the replica: their tables, and the questions that the list asks of them.

What is searched and sorted stands in narrow rows, the JSON in another table: reading through all narrow rows takes a
fifth of a blink at 100,000 contacts, for any word, and needs no index of words (docs/decisions/0068).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import orjson

from callmanager.desktop.wire import Record
from callmanager.domain.search_text import fold, query_terms, sort_key

TABLES = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, name_key TEXT NOT NULL, words TEXT NOT NULL, phone TEXT NOT NULL,
    status TEXT NOT NULL, team_id INTEGER, campaign_id INTEGER, assigned_to INTEGER,
    last_called_at TEXT, next_call_at TEXT, updated_at TEXT NOT NULL,
    phone_valid INTEGER NOT NULL, do_not_call INTEGER NOT NULL
);
CREATE TABLE contact_wires (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, wire TEXT NOT NULL);
"""

_NAMED = "(SELECT name_key FROM records WHERE entity = '{}' AND records.id = contacts.{})"
SORTS = {
    "id": "id",
    "name": "name_key",
    "phone": "phone",
    "status": "status",
    "campaign": _NAMED.format("campaign", "campaign_id"),
    "assigned": _NAMED.format("user", "assigned_to"),
    "team": _NAMED.format("team", "team_id"),
    "last_called_at": "last_called_at",
    "next_call_at": "next_call_at",
    "updated_at": "updated_at",
}
PIECE = 65_536
"""Characters."""
SPARSE = 64
"""A highest id of so many times the number of contacts is too far away for a byte each."""
_MAY_BE_EMPTY = ("campaign", "assigned", "team", "last_called_at", "next_call_at")

_PUT = """
INSERT INTO contacts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, name_key = excluded.name_key, words = excluded.words,
    phone = excluded.phone, status = excluded.status, team_id = excluded.team_id, campaign_id = excluded.campaign_id,
    assigned_to = excluded.assigned_to, last_called_at = excluded.last_called_at, next_call_at = excluded.next_call_at,
    updated_at = excluded.updated_at, phone_valid = excluded.phone_valid, do_not_call = excluded.do_not_call
WHERE excluded.seq >= contacts.seq
"""
_PUT_WIRE = """
INSERT INTO contact_wires VALUES (?,?,?)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, wire = excluded.wire WHERE excluded.seq >= contact_wires.seq
"""


@dataclass(frozen=True, slots=True)
class ContactView:
    """Which contacts a list shows, in which order. None: any; 0 in the ids: none."""

    text: str = ""
    status: str | None = None
    team_id: int | None = None
    campaign_id: int | None = None
    assigned_to: int | None = None
    phone_valid: bool | None = None
    do_not_call: bool | None = None
    is_archived: bool = False
    """Archived contacts are not in the replica: the server is asked for them."""
    sort: str = "name"
    descending: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no contact is left out."""
        return (
            not self.is_archived
            and not query_terms(self.text)
            and all(getattr(self, column) is None for column in _FILTERS)
        )


_FILTERS = ("status", "team_id", "campaign_id", "assigned_to", "phone_valid", "do_not_call")


def begin_load(connection: sqlite3.Connection) -> None:
    """Everything is about to be written: without its index the order is found by sorting meanwhile."""
    connection.execute("DROP INDEX IF EXISTS contacts_by_name")


def end_load(connection: sqlite3.Connection) -> None:
    """Everything is there; costs nothing when it was there before."""
    connection.execute("CREATE INDEX IF NOT EXISTS contacts_by_name ON contacts (name_key, id)")


def put_contacts(connection: sqlite3.Connection, contacts: Sequence[Record]) -> None:
    """Write contacts as the server sent them; one that is older than what is here is passed over."""
    connection.executemany(_PUT, map(_row, contacts))
    connection.executemany(_PUT_WIRE, map(_wire, contacts))


def drop_contacts(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget contacts; ids that are not here are no error."""
    text = orjson.dumps(list(ids)).decode()
    for table in ("contacts", "contact_wires"):
        connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (text,))


def drop_all(connection: sqlite3.Connection) -> None:
    """Forget every contact."""
    connection.execute("DELETE FROM contacts")
    connection.execute("DELETE FROM contact_wires")


def find_wire(connection: sqlite3.Connection, contact_id: int) -> str | None:
    """The JSON of a contact, or None."""
    row = connection.execute("SELECT wire FROM contact_wires WHERE id = ?", (contact_id,)).fetchone()
    return None if row is None else str(row["wire"])


def list_wires(connection: sqlite3.Connection, ids: Sequence[int]) -> list[str]:
    """The JSON of contacts, in the order of `ids`; those that are not here are left out."""
    found = connection.execute(
        "SELECT id, wire FROM contact_wires WHERE id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(ids)).decode(),),
    )
    wires = {row["id"]: row["wire"] for row in found}
    return [wires[contact_id] for contact_id in ids if contact_id in wires]


def list_order(connection: sqlite3.Connection, sort: str, *, descending: bool) -> array[int]:
    """The ids of all contacts in an order. Those without a value stand last, whichever way."""
    return _ids(connection, f"SELECT id FROM contacts ORDER BY {_order(sort, descending)}", ())


def match(connection: sqlite3.Connection, view: ContactView) -> array[int]:
    """The ids of the contacts that a view does not leave out, in no order."""
    where, values = _where(view)
    return _ids(connection, f"SELECT id FROM contacts NOT INDEXED WHERE {where}", values)


def count_contacts(connection: sqlite3.Connection, view: ContactView) -> int:
    """How many contacts a view shows."""
    where, values = _where(view)
    count: int = connection.execute(f"SELECT count(*) FROM contacts WHERE {where}", values).fetchone()[0]
    return count


def keep_matched(order: array[int], matched: array[int]) -> array[int]:
    """Those of `order` that are matched too. A byte for each id that may be, since a set would take a hundred."""
    if not order or not matched:
        return array("q")
    top = max(map(max, (order, matched)))
    if top > SPARSE * len(order):
        return array("q", filter(set(matched).__contains__, order))
    is_matched = bytearray(top + 1)
    for contact_id in matched:
        is_matched[contact_id] = 1
    return array("q", compress(order, map(is_matched.__getitem__, order)))


def _ids(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> array[int]:
    # One text for all ids: SQLite makes it without the interpreter's lock, so that the window goes on meanwhile.
    # It is read in pieces, since as many numbers at once as there are contacts would take megabytes.
    text: str = connection.execute(f"SELECT json_group_array(id) FROM ({statement})", values).fetchone()[0]
    ids, start, end = array("q"), 1, len(text) - 1
    while start < end:
        stop = text.find(",", start + PIECE)
        stop = end if stop < 0 else stop
        ids.extend(orjson.loads(f"[{text[start:stop]}]"))
        start = stop + 1
    return ids


def _order(sort: str, descending: bool) -> str:
    column = SORTS[sort]
    if descending:
        return f"{column} DESC, id DESC"
    return f"{column} IS NULL, {column}, id" if sort in _MAY_BE_EMPTY else f"{column}, id"


def _where(view: ContactView) -> tuple[str, list[Any]]:
    conditions, values = ["1"], list[Any]()
    for column in _FILTERS:
        wanted = getattr(view, column)
        if wanted == 0 and column.endswith(("_id", "_to")):
            conditions.append(f"{column} IS NULL")
        elif wanted is not None:
            conditions.append(f"{column} = ?")
            values.append(wanted)
    for term in query_terms(view.text):
        conditions.append("instr(words, ?) > 0")
        values.append(term)
    return " AND ".join(conditions), values


def _row(contact: Record) -> tuple[Any, ...]:
    return (
        contact["id"],
        contact["seq"],
        sort_key(contact["name"]),
        _words(contact),
        contact["phone_e164"] or contact["phone"],
        contact["status"],
        contact["team_id"],
        contact["campaign_id"],
        contact["assigned_to"],
        contact["last_called_at"],
        contact["next_call_at"],
        contact["updated_at"],
        contact["phone_valid"],
        contact["do_not_call"],
    )


def _wire(contact: Record) -> tuple[int, int, str]:
    # A lock ends without a change of the record: kept here it would be shown for ever. Presence tells of locks.
    return contact["id"], contact["seq"], orjson.dumps({**contact, "lock": None}).decode()


def _words(contact: Record) -> str:
    """The folded words and the digits by which people find a contact."""
    words = fold(f"{contact['name']} {contact['company']} {contact['email']}").split()
    for phone in contact["phones"]:
        written, known = _digits(phone["number"]), (phone["e164"] or "")[1:]
        words += [known] if written in known else [written, known]
    return " ".join(words)


def _digits(text: str) -> str:
    return text if text.isdecimal() else "".join(filter(str.isdecimal, text))
