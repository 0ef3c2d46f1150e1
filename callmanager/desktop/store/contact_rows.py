"""Contacts in the replica: their tables, and the questions that the list asks of them.

What is searched and sorted stands in narrow rows, the JSON elsewhere: reading through all narrow rows takes a fifth of
a blink at 100,000 contacts, for any word, and needs no index of words (docs/decisions/0068). The JSON of contacts that
came in rows stands in blocks of lines as it was sent (`place` says where), that of others in `contact_wires`; nothing
of a contact that was changed or dropped stays in its block (docs/decisions/0095).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, groupby
from typing import Any

import orjson

from callmanager.desktop.wire import ContactRows, Record
from callmanager.domain.contacts import ROW_COLUMNS
from callmanager.domain.search_text import query_terms, searched_words, sort_key

TABLES = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, name_key TEXT NOT NULL, words TEXT NOT NULL, phone TEXT NOT NULL,
    status TEXT NOT NULL, team_id INTEGER, campaign_id INTEGER, assigned_to INTEGER,
    last_called_at TEXT, next_call_at TEXT, updated_at TEXT NOT NULL,
    phone_valid INTEGER NOT NULL, do_not_call INTEGER NOT NULL, place INTEGER
);
CREATE TABLE contact_wires (id INTEGER PRIMARY KEY, wire TEXT NOT NULL);
CREATE TABLE contact_blocks (id INTEGER PRIMARY KEY, wires BLOB NOT NULL);
"""
LINES = 8
"""In a block: line `place % LINES` of block `place / LINES`. A list reads a block for each row that it shows."""

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

_AMONG = "id IN (SELECT value FROM json_each(?))"
_VALUES = f"({'?,' * len(ROW_COLUMNS)}?)"
_PUT = f"INSERT INTO contacts VALUES {_VALUES}"
AT_ONCE = 64
"""Rows in a statement. Between two statements SQLite lets go of the interpreter, and somebody else takes it."""
_WIRES = f"""
SELECT contacts.id, contact_wires.wire, contacts.place, contact_blocks.wires
FROM contacts LEFT JOIN contact_wires ON contact_wires.id = contacts.id
LEFT JOIN contact_blocks ON contact_blocks.id = contacts.place / {LINES}
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
    text = orjson.dumps([contact["id"] for contact in contacts]).decode()
    known = dict(connection.execute(f"SELECT id, seq FROM contacts WHERE {_AMONG}", (text,)).fetchall())
    fresh = {contact["id"]: contact for contact in contacts if contact["seq"] >= known.get(contact["id"], 0)}
    drop_contacts(connection, fresh)
    connection.executemany(_PUT, ((*row_of(contact), None) for contact in fresh.values()))
    connection.executemany("INSERT INTO contact_wires VALUES (?,?)", map(_wire, fresh.values()))


def row_of(contact: Record) -> tuple[Any, ...]:
    """ROW_COLUMNS of a contact, as the server would send them."""
    return (
        contact["id"],
        contact["seq"],
        sort_key(contact["name"]),
        searched_words(contact),
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


def put_rows(connection: sqlite3.Connection, contacts: ContactRows) -> None:
    """Write contacts of a page of rows. One that is here already was changed while everything was loaded: then they are
    written as any others."""
    first = connection.execute("SELECT coalesce(max(id) + 1, 0) FROM contact_blocks").fetchone()[0]
    connection.execute("SAVEPOINT rows")
    try:
        for start in range(0, len(contacts.rows), AT_ONCE):
            piece = contacts.rows[start : start + AT_ONCE]
            values = chain.from_iterable((*row, place) for place, row in enumerate(piece, first * LINES + start))
            connection.execute(_PUT + f",{_VALUES}" * (len(piece) - 1), tuple(values))
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO rows")
        put_contacts(connection, [orjson.loads(wire) for wire in contacts.wires])
    else:
        blocks = (b"\n".join(contacts.wires[start : start + LINES]) for start in range(0, len(contacts.wires), LINES))
        connection.executemany("INSERT INTO contact_blocks VALUES (?,?)", enumerate(blocks, first))
    connection.execute("RELEASE rows")


def drop_contacts(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget contacts; ids that are not here are no error."""
    text = orjson.dumps(list(ids)).decode()
    _blank(connection, text)
    for table in ("contacts", "contact_wires"):
        connection.execute(f"DELETE FROM {table} WHERE {_AMONG}", (text,))


def drop_all(connection: sqlite3.Connection) -> None:
    """Forget every contact."""
    for table in ("contacts", "contact_wires", "contact_blocks"):
        connection.execute(f"DELETE FROM {table}")


def _blank(connection: sqlite3.Connection, ids: str) -> None:
    """Overwrite the lines of contacts in their blocks."""
    found = connection.execute(f"SELECT place FROM contacts WHERE place NOT NULL AND {_AMONG} ORDER BY place", (ids,))
    for block, places in groupby([row["place"] for row in found], lambda place: place // LINES):
        lines = connection.execute("SELECT wires FROM contact_blocks WHERE id = ?", (block,)).fetchone()[0].split(b"\n")
        for place in places:
            lines[place % LINES] = b" " * len(lines[place % LINES])  # of its length, so that it lies in the same place
        connection.execute("UPDATE contact_blocks SET wires = ? WHERE id = ?", (b"\n".join(lines), block))
        connection.execute("DELETE FROM contact_blocks WHERE id = ? AND trim(wires, char(32, 10)) = ''", (block,))


def find_wire(connection: sqlite3.Connection, contact_id: int) -> str | None:
    """The JSON of a contact, or None."""
    return next(iter(list_wires(connection, [contact_id])), None)


def list_wires(connection: sqlite3.Connection, ids: Sequence[int]) -> list[str]:
    """The JSON of contacts, in the order of `ids`; those that are not here are left out."""
    text = orjson.dumps(list(ids)).decode()
    wires = {row["id"]: _wire_of(row) for row in connection.execute(f"{_WIRES} WHERE contacts.{_AMONG}", (text,))}
    return [wires[contact_id] for contact_id in ids if contact_id in wires]


def iter_wires(connection: sqlite3.Connection) -> Iterator[str]:
    """The JSON of all contacts by id."""
    return map(_wire_of, connection.execute(f"{_WIRES} ORDER BY contacts.id"))


def _wire_of(row: sqlite3.Row) -> str:
    wire: bytes | str = row["wire"] or row["wires"].split(b"\n")[row["place"] % LINES]
    return wire if isinstance(wire, str) else wire.decode()


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


def _wire(contact: Record) -> tuple[int, str]:
    # A lock ends without a change of the record: kept here it would be shown for ever. Presence tells of locks.
    return contact["id"], orjson.dumps({**contact, "lock": None}).decode()
