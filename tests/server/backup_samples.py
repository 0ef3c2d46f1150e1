"""A small CallManager database for the backup tests, and a program that writes to it until it is killed."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from callmanager.domain.changes import GENESIS, HASHED_COLUMNS, chain_hash
from callmanager.domain.clock import to_wire

ROOT = Path(__file__).parents[2]
COSTA_RICA = timezone(timedelta(hours=-6))
MORNING = datetime(2026, 11, 22, 16, 53, 31, 123000, tzinfo=UTC)
EPOCH = "6f9ef9a4-5a0a-4e9b-9a55-0a6ad3a7f8d1"

_SCHEMA = f"""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE log_head (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER, set_id INTEGER, at TEXT, hash TEXT);
    CREATE TABLE changes ({", ".join(HASHED_COLUMNS).replace("seq", "seq INTEGER PRIMARY KEY", 1)}, hash TEXT);
    CREATE TRIGGER changes_stay BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'append-only'); END;
    CREATE TRIGGER changes_remain BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'append-only'); END;
    CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT, team_id INTEGER REFERENCES teams (id));
    CREATE VIRTUAL TABLE contacts_fts USING fts5 (name, content = 'contacts', content_rowid = 'id');
    CREATE TRIGGER contacts_found AFTER INSERT ON contacts
        BEGIN INSERT INTO contacts_fts (rowid, name) VALUES (new.id, new.name); END;
    CREATE TABLE loose (word TEXT);
    INSERT INTO meta VALUES ('epoch', '{EPOCH}');
    INSERT INTO log_head VALUES (1, 0, 0, NULL, '{GENESIS}');
    INSERT INTO teams VALUES (1, 'Ventas');
"""


class SetClock:
    """A clock that says what the test sets."""

    def __init__(self, instant: datetime = MORNING) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def advance(self, **length: float) -> None:
        self.instant += timedelta(**length)


def open_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def build_database(path: Path, contacts: int = 20) -> Path:
    """A database in WAL mode with its chain of changes, one per contact; closed again, without a -wal."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
        add_contacts(connection, contacts)
        connection.execute("INSERT INTO loose SELECT name FROM contacts")
        connection.execute("DELETE FROM loose WHERE rowid % 3 = 0")
    return path


def add_contacts(connection: sqlite3.Connection, count: int, *, actor: str = "ana", at: datetime = MORNING) -> int:
    """Insert contacts, each with its change, in one transaction; returns the last seq."""
    connection.execute("BEGIN IMMEDIATE")
    seq, set_id, digest = connection.execute("SELECT seq, set_id, hash FROM log_head").fetchone()
    for seq in range(seq + 1, seq + 1 + count):  # noqa: B020 - the last one is the new head
        name = f"Persona {seq}"
        record = connection.execute("INSERT INTO contacts (name, team_id) VALUES (?, 1)", (name,)).lastrowid
        fields = json.dumps({"name": [None, name]})
        who = (len(actor), actor, "api", None)
        row = (seq, set_id + 1, to_wire(at), *who, "contact", record, "created", fields, "team:1", None)
        digest = chain_hash(digest, row)
        connection.execute(f"INSERT INTO changes VALUES ({', '.join('?' * 14)})", (*row, digest))
    head = (seq, set_id + 1, to_wire(at), digest)
    connection.execute("UPDATE log_head SET seq = ?, set_id = ?, at = ?, hash = ?", head)
    connection.execute("COMMIT")
    return int(seq)


def add_to(path: Path, count: int, *, actor: str = "ana", at: datetime = MORNING) -> int:
    with closing(open_database(path)) as connection:
        return add_contacts(connection, count, actor=actor, at=at)


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but `meta`, with its rowid, for comparing two files."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table'")]
        wanted = sorted(set(tables) - {"meta", "sqlite_schema", "sqlite_temp_schema"})
        return {name: connection.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid").fetchall() for name in wanted}


def meta_of(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT key, value FROM meta"))


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def break_chain(path: Path, seq: int) -> None:
    """Rewrite one change as somebody with the server's disk would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER changes_stay")
        connection.execute("UPDATE changes SET actor_name = 'nobody' WHERE seq = ?", (seq,))


def start_writer(database: Path, acknowledged: Path) -> subprocess.Popen[bytes]:
    """A process that adds contacts one by one and notes each acknowledged seq, until it is killed."""
    command = [sys.executable, "-m", "tests.server.backup_samples", str(database), str(acknowledged)]
    return subprocess.Popen(command, cwd=ROOT)


def read_acknowledged(path: Path) -> list[int]:
    """Only whole lines: the process may have been killed within one."""
    if not path.exists():
        return []
    text = path.read_text()
    return [int(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def write_forever(database: Path, acknowledged: Path) -> None:
    with closing(open_database(database)) as connection, acknowledged.open("a", buffering=1) as notes:
        for _ in itertools.count():
            notes.write(f"{add_contacts(connection, 1, actor='escritor')}\n")


if __name__ == "__main__":
    write_forever(Path(sys.argv[1]), Path(sys.argv[2]))
