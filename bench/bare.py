"""The floor of storage: bare sqlite3 with the same tables, indexes, triggers and durability, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from callmanager.domain.changes import GENESIS, chain_hash

BATCH = 1_000
_SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'contact_fts_%' ORDER BY type DESC"
_FILLED = ("teams", "users", "campaigns", "api_keys")


def open_bare(database: Path) -> sqlite3.Connection:
    """A connection with the program's own durability."""
    connection = sqlite3.connect(database, isolation_level=None, cached_statements=512)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -16000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def copy_schema(finished: sqlite3.Connection, bare: sqlite3.Connection) -> None:
    """Every table, index and trigger of the finished database, and the rows that contacts refer to."""
    statements = [sql for (sql,) in finished.execute(_SCHEMA)]
    for kind in ("CREATE TABLE", "CREATE VIRTUAL", "CREATE INDEX", "CREATE UNIQUE", "CREATE TRIGGER"):
        for statement in statements:
            if statement.startswith(kind):
                bare.execute(statement)
    for name in _FILLED:
        for row in finished.execute(f"SELECT * FROM {name}").fetchall():
            bare.execute(_insert(name, row), row)
    bare.execute("INSERT INTO log_head VALUES (1, 0, 0, '', ?)", (GENESIS,))


class Finished:
    """The contacts of a finished database with everything that stands beside them, read back ahead of the writing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        def rows(statement: str) -> list[tuple[Any, ...]]:
            return connection.execute(statement).fetchall()

        self.contacts = rows("SELECT * FROM contacts ORDER BY id")
        self.phones = rows("SELECT * FROM contact_phones ORDER BY contact_id, position")
        self.words = rows("SELECT * FROM contact_search ORDER BY contact_id")
        self.changes = rows("SELECT * FROM changes WHERE entity = 'contact' ORDER BY seq")

    def batches(self) -> Iterator[tuple[Sequence[tuple[Any, ...]], ...]]:
        """A commit's worth at a time: contacts, phones, words, changes."""
        phone = 0
        for start in range(0, len(self.contacts), BATCH):
            contacts = self.contacts[start : start + BATCH]
            stop = phone
            while stop < len(self.phones) and self.phones[stop][0] <= contacts[-1][0]:
                stop += 1
            yield (
                contacts,
                self.phones[phone:stop],
                self.words[start : start + BATCH],
                self.changes[start : start + BATCH],
            )
            phone = stop


def write_batches(bare: sqlite3.Connection, finished: Finished) -> None:
    """The rows as they are, 1,000 contacts a commit, with the hash of each change reckoned on the way."""
    digest = GENESIS
    for contacts, phones, words, changes in finished.batches():
        bare.execute("BEGIN IMMEDIATE")
        bare.executemany(_insert("contacts", contacts[0]), contacts)
        bare.executemany(_insert("contact_phones", phones[0]), phones)
        bare.executemany(_insert("contact_search", words[0]), words)
        hashed = []
        for row in changes:
            digest = chain_hash(digest, row[:-1])
            hashed.append((*row[:-1], digest))
        bare.executemany(_insert("changes", hashed[0]), hashed)
        bare.execute("UPDATE log_head SET seq = ?, set_id = ?, at = ?, hash = ?", (*hashed[-1][:3], digest))
        bare.execute("COMMIT")


def _insert(table: str, row: Sequence[Any]) -> str:
    return f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})"
