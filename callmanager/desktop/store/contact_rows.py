"""Contacts in the replica: their table, the index of words and digits, and the questions that the list asks of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from callmanager.desktop.wire import Record
from callmanager.domain.search_text import fold, query_terms, sort_key

_SPACES = re.compile(r"\s+")
_NOT_DIGIT = re.compile(r"\D")
_TRIGRAM = 3

TABLES = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, name_key TEXT NOT NULL, words TEXT NOT NULL, phone TEXT NOT NULL,
    status TEXT NOT NULL, team_id INTEGER, campaign_id INTEGER, assigned_to INTEGER,
    last_called_at TEXT, next_call_at TEXT, updated_at TEXT NOT NULL, wire TEXT NOT NULL
);
CREATE INDEX contacts_by_name ON contacts (name_key, id);
CREATE INDEX contacts_by_phone ON contacts (phone, id);
CREATE INDEX contacts_by_status ON contacts (status, id);
CREATE INDEX contacts_by_last_call ON contacts (last_called_at, id);
CREATE INDEX contacts_by_next_call ON contacts (next_call_at, id);
CREATE INDEX contacts_by_first_last_call ON contacts (last_called_at IS NULL, last_called_at, id);
CREATE INDEX contacts_by_first_next_call ON contacts (next_call_at IS NULL, next_call_at, id);
CREATE INDEX contacts_by_update ON contacts (updated_at, id);
CREATE VIRTUAL TABLE contact_words USING fts5(words, content='contacts', content_rowid='id', tokenize='trigram');
"""

SORTS = {
    "id": "id",
    "name": "name_key",
    "phone": "phone",
    "status": "status",
    "last_called_at": "last_called_at",
    "next_call_at": "next_call_at",
    "updated_at": "updated_at",
}

_DATES = ("last_called_at", "next_call_at")

_PUT = """
INSERT INTO contacts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, name_key = excluded.name_key, words = excluded.words,
    phone = excluded.phone, status = excluded.status, team_id = excluded.team_id, campaign_id = excluded.campaign_id,
    assigned_to = excluded.assigned_to, last_called_at = excluded.last_called_at, next_call_at = excluded.next_call_at,
    updated_at = excluded.updated_at, wire = excluded.wire
WHERE excluded.seq >= contacts.seq
"""


@dataclass(frozen=True, slots=True)
class ContactView:
    """Which contacts a list shows, in which order. None: any; 0 in `team_id`, `assigned_to`: none."""

    text: str = ""
    status: str | None = None
    team_id: int | None = None
    campaign_id: int | None = None
    assigned_to: int | None = None
    sort: str = "name"
    descending: bool = False


def put_contacts(connection: sqlite3.Connection, contacts: Sequence[Record]) -> None:
    """Write contacts as the server sent them; one that is older than what is here is passed over."""
    ids = _json_ids(contact["id"] for contact in contacts)
    _forget_words(connection, ids)
    connection.executemany(_PUT, (_row(contact) for contact in contacts))
    connection.execute(
        "INSERT INTO contact_words (rowid, words) "
        "SELECT id, words FROM contacts WHERE id IN (SELECT value FROM json_each(?))",
        (ids,),
    )


def drop_contacts(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget contacts; ids that are not here are no error."""
    text = _json_ids(ids)
    _forget_words(connection, text)
    connection.execute("DELETE FROM contacts WHERE id IN (SELECT value FROM json_each(?))", (text,))


def drop_all(connection: sqlite3.Connection) -> None:
    """Forget every contact."""
    connection.execute("DELETE FROM contacts")
    connection.execute("INSERT INTO contact_words (contact_words) VALUES ('delete-all')")


def find_wire(connection: sqlite3.Connection, contact_id: int) -> str | None:
    """The JSON of a contact, or None."""
    row = connection.execute("SELECT wire FROM contacts WHERE id = ?", (contact_id,)).fetchone()
    return None if row is None else str(row["wire"])


def list_wires(connection: sqlite3.Connection, view: ContactView, *, offset: int, limit: int) -> list[str]:
    """The JSON of the contacts from `offset` on, at most `limit`."""
    where, values = _where(view)
    statement = f"SELECT id FROM contacts WHERE {where} ORDER BY {_order(view)} LIMIT ? OFFSET ?"
    ids = [row["id"] for row in connection.execute(statement, (*values, limit, offset))]
    # the ids first, from an index: a long way to `offset` must not read every contact's JSON
    found = connection.execute(
        "SELECT id, wire FROM contacts WHERE id IN (SELECT value FROM json_each(?))", (_json_ids(ids),)
    )
    wires = {row["id"]: row["wire"] for row in found}
    return [wires[contact_id] for contact_id in ids]


def count_contacts(connection: sqlite3.Connection, view: ContactView) -> int:
    """How many contacts a view shows."""
    where, values = _where(view)
    count: int = connection.execute(f"SELECT count(*) FROM contacts WHERE {where}", values).fetchone()[0]
    return count


def _order(view: ContactView) -> str:
    """Those without a date stand last, whichever way."""
    column = SORTS[view.sort]
    if view.descending:
        return f"{column} DESC, id DESC"
    return f"{column} IS NULL, {column}, id" if column in _DATES else f"{column}, id"


def _where(view: ContactView) -> tuple[str, list[Any]]:
    conditions, values = ["1"], list[Any]()
    for column in ("status", "team_id", "campaign_id", "assigned_to"):
        wanted = getattr(view, column)
        if wanted == 0:
            conditions.append(f"{column} IS NULL")
        elif wanted is not None:
            conditions.append(f"{column} = ?")
            values.append(wanted)
    terms = query_terms(view.text)
    long = [term for term in terms if len(term) >= _TRIGRAM]
    if long:
        conditions.append("id IN (SELECT rowid FROM contact_words WHERE contact_words MATCH ?)")
        values.append(" ".join('"' + term.replace('"', '""') + '"' for term in long))
    for term in terms:
        if term and term not in long:
            conditions.append("instr(words, ?) > 0")
            values.append(term)
    return " AND ".join(conditions), values


def _row(contact: Record) -> tuple[Any, ...]:
    return (
        contact["id"],
        contact["seq"],
        sort_key(contact["name"]),
        _words(contact),
        contact["phone"],
        contact["status"],
        contact["team_id"],
        contact["campaign_id"],
        contact["assigned_to"],
        contact["last_called_at"],
        contact["next_call_at"],
        contact["updated_at"],
        # A lock ends without a change of the record: kept here it would be shown for ever. Presence tells of locks.
        orjson.dumps({**contact, "lock": None}).decode(),
    )


def _words(contact: Record) -> str:
    """The folded words and the digits by which people find a contact."""
    words = [fold(contact["name"]), fold(contact["company"]), fold(contact["email"])]
    for phone in contact["phones"]:
        words += [_NOT_DIGIT.sub("", phone["number"]), (phone["e164"] or "")[1:]]
    return _SPACES.sub(" ", " ".join(dict.fromkeys(word for word in words if word)))


def _forget_words(connection: sqlite3.Connection, ids: str) -> None:
    connection.execute(
        "INSERT INTO contact_words (contact_words, rowid, words) "
        "SELECT 'delete', id, words FROM contacts WHERE id IN (SELECT value FROM json_each(?))",
        (ids,),
    )


def _json_ids(ids: Iterable[int]) -> str:
    return orjson.dumps(list(ids)).decode()
