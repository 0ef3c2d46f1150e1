"""The local copy of what the user may see, complete up to a position. Only the sync writes it; it may be lost."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from callmanager.desktop.store import contact_rows
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.store.files import SqliteFile, remove_file
from callmanager.desktop.wire import Head, Ids, LiveChanges, Page, Position, Record, Records
from callmanager.domain.contact_fields import with_empty_fields
from callmanager.domain.search_text import sort_key

SCHEMA = 5
"""Another number throws the file away; the server sends everything again."""
PAGE_BYTES = 16_384
"""Takes a block of contacts whole; a fifth less work than with 4,096 when everything is loaded."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE records (
    entity TEXT NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, name_key TEXT NOT NULL, wire TEXT NOT NULL,
    PRIMARY KEY (entity, id)
) WITHOUT ROWID;
"""
_PUT_RECORD = """
INSERT INTO records VALUES (?,?,?,?,?)
ON CONFLICT (entity, id) DO UPDATE SET seq = excluded.seq, name_key = excluded.name_key, wire = excluded.wire
WHERE excluded.seq >= records.seq
"""
CONTACT = "contact"


class Replica:
    """Contacts, teams, campaigns, colleagues and dispositions, with the position up to which they are complete.

    Records and position change in one transaction, so that after any crash the one fits the other.
    """

    def __init__(self, path: Path) -> None:
        self._file = _open(path)
        self._position, self._witness = self._load()
        self._writes = 0
        self._order: tuple[tuple[int, str, bool], array[int]] | None = None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def position(self) -> Position | None:
        """Up to where it is complete; None before the first snapshot."""
        return self._position

    @property
    def witness(self) -> Head | None:
        """The last end of the server's log that was seen in this epoch."""
        return self._witness

    @property
    def is_loading(self) -> bool:
        """Whether a snapshot was begun and its last page has not arrived."""
        return bool(self._meta("loading", default=True))

    @property
    def as_of(self) -> str | None:
        """When the server last said that nothing is missing (wire time), for `datos al ...`."""
        text = self._meta("as_of", default=None)
        return None if text is None else str(text)

    def replace(self, page: Page) -> None:
        """Begin anew with the first page of a snapshot: another lineage, or another view of it, is never mixed in."""
        if page.has_more:
            self._file.hold_back()
        with self._file.write() as connection:
            contact_rows.drop_all(connection)
            connection.execute("DELETE FROM records")
            contact_rows.begin_load(connection)
            self._take(connection, page)
        self._writes += 1
        self._position, self._witness = page.position, page.head

    def apply(self, page: Page) -> None:
        """Take in what changed since the position. Raises ValueError for a page that does not follow from it."""
        if self._position is None or (page.epoch, page.since) != (self._position.epoch, self._position.seq):
            raise ValueError(f"page from {page.since} does not follow {self._position}")
        with self._file.write() as connection:
            self._take(connection, page)
        if not page.has_more:
            self._file.catch_up()
        self._writes += 1
        self._position, self._witness = page.position, page.head

    def apply_live(self, message: LiveChanges) -> None:
        """Take in a live message. Raises ValueError when something is missing before it."""
        here = self._position
        if here is None or message.epoch != here.epoch or message.prev > here.seq:
            raise ValueError(f"changes from {message.prev} do not follow {here}")
        with self._file.write() as connection:
            _put(connection, message.records, message.deleted)
            _set(connection, seq=message.seq)
        self._writes += 1
        self._position = Position(here.epoch, message.seq, here.sight)

    def note_current(self, as_of: str) -> None:
        """Remember that nothing was missing at `as_of` (wire time)."""
        with self._file.write() as connection:
            _set(connection, as_of=as_of)

    def find_contact(self, contact_id: int) -> Record | None:
        """A contact as the server last sent it, without its lock, or None."""
        with self._file.read() as connection:
            wire = contact_rows.find_wire(connection, contact_id)
        return None if wire is None else with_empty_fields(orjson.loads(wire))

    def list_contacts(self, view: ContactView, *, offset: int = 0, limit: int = 100) -> list[Record]:
        """The contacts of a view from `offset` on, at most `limit`."""
        return self.find_contacts(self.list_ids(view)[offset : offset + limit])

    def find_contacts(self, ids: Sequence[int]) -> list[Record]:
        """The contacts of those ids that are here, in their order."""
        with self._file.read() as connection:
            wires = contact_rows.list_wires(connection, ids)
        return [with_empty_fields(orjson.loads(wire)) for wire in wires]

    def list_ids(self, view: ContactView) -> array[int]:
        """The ids of all contacts of a view, in its order: 8 bytes each, so that a list can jump anywhere."""
        order = self._list_order(view)
        if view.is_everything:
            return order
        with self._file.read() as connection:
            matched = contact_rows.match(connection, view)
        return contact_rows.keep_matched(order, matched)

    def _list_order(self, view: ContactView) -> array[int]:
        """As it was last asked for, unless something was written since."""
        kept, asked = self._order, (self._writes, view.sort, view.descending)
        if kept is not None and kept[0] == asked:
            return kept[1]
        with self._file.read() as connection:
            order = contact_rows.list_order(connection, view.sort, descending=view.descending)
        self._order = (asked, order)
        return order

    def count_contacts(self, view: ContactView) -> int:
        """How many contacts a view shows."""
        with self._file.read() as connection:
            return contact_rows.count_contacts(connection, view)

    def find_record(self, entity: str, record_id: int) -> Record | None:
        """A team, campaign, colleague (`user`) or disposition, or None."""
        with self._file.read() as connection:
            statement = "SELECT wire FROM records WHERE entity = ? AND id = ?"
            row = connection.execute(statement, (entity, record_id)).fetchone()
        return None if row is None else orjson.loads(row["wire"])

    def iter_wires(self, entity: str) -> Iterator[str]:
        """The JSON of every record of a kind by id, without holding them all in memory."""
        with self._file.read() as connection:
            if entity == CONTACT:
                yield from contact_rows.iter_wires(connection)
                return
            for row in connection.execute("SELECT wire FROM records WHERE entity = ? ORDER BY id", (entity,)):
                yield row["wire"]

    def list_records(self, entity: str) -> list[Record]:
        """Every team, campaign, colleague or disposition, by id."""
        return [orjson.loads(wire) for wire in self.iter_wires(entity)]

    def _take(self, connection: sqlite3.Connection, page: Page) -> None:
        _put(connection, page.records, page.deleted)
        if page.rows is not None:
            contact_rows.put_rows(connection, page.rows)
        if not page.has_more:
            contact_rows.end_load(connection)
        _set(
            connection,
            epoch=page.epoch,
            seq=page.to,
            sight=page.sight,
            loading=page.has_more and (page.since == 0 or self.is_loading),
            head_seq=page.head.seq,
            head_hash=page.head.hash,
        )

    def _load(self) -> tuple[Position | None, Head | None]:
        with self._file.read() as connection:
            meta = {row["name"]: row["value"] for row in connection.execute("SELECT name, value FROM meta")}
        if "epoch" not in meta:
            return None, None
        position = Position(meta["epoch"], meta["seq"], meta["sight"])
        return position, Head(meta["head_seq"], meta["head_hash"])

    def _meta(self, name: str, *, default: Any) -> Any:
        with self._file.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if row is None else row["value"]


def _put(connection: sqlite3.Connection, records: Records, deleted: Ids) -> None:
    for entity, ids in deleted.items():
        if entity == CONTACT:
            contact_rows.drop_contacts(connection, ids)
        else:
            statement = "DELETE FROM records WHERE entity = ? AND id = ?"
            connection.executemany(statement, ((entity, record_id) for record_id in ids))
    for entity, rows in records.items():
        if entity == CONTACT:
            contact_rows.put_contacts(connection, rows)
        else:
            connection.executemany(_PUT_RECORD, (_record(entity, row) for row in rows))


def _record(entity: str, row: Record) -> tuple[Any, ...]:
    name = row.get("name") or row.get("username") or ""
    return entity, row["id"], row["seq"], sort_key(name), orjson.dumps(row).decode()


def _set(connection: sqlite3.Connection, **values: Any) -> None:
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def _open(path: Path) -> SqliteFile:
    """The file with its tables; one that is damaged, or of another version, is thrown away."""
    with suppress(sqlite3.DatabaseError):
        opened = SqliteFile(path, synchronous="NORMAL", page_bytes=PAGE_BYTES)
        if _is_usable(opened):
            return opened
        opened.close()
    remove_file(path)
    fresh = SqliteFile(path, synchronous="NORMAL", page_bytes=PAGE_BYTES)
    with fresh.write() as connection:
        for statement in f"{_TABLES}{contact_rows.TABLES}PRAGMA user_version = {SCHEMA}".split(";"):
            connection.execute(statement)
    return fresh


def _is_usable(opened: SqliteFile) -> bool:
    try:
        with opened.read() as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            return bool(found == SCHEMA and connection.execute("SELECT count(*) FROM meta").fetchone()[0] >= 0)
    except sqlite3.DatabaseError:
        opened.close()
        return False
