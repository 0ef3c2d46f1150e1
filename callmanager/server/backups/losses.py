"""What going back to a backup would lose, read from the two change logs. Changes neither file."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callmanager.domain.clock import from_wire
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.backups.contents import open_still
from callmanager.server.backups.marks import is_known_copied

_BUSY_SECONDS = 10.0
_TOTALS = """
    SELECT count(*), count(DISTINCT set_id), min(at), max(at),
           coalesce(sum(entity = 'contact' AND kind = 'created'), 0)
    FROM changes WHERE seq > ?
"""
_PEOPLE = """
    SELECT actor_name, count(*) FROM changes WHERE seq > ? GROUP BY actor_id, actor_name ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Lost:
    """Changes of the database that the backup does not have.

    `after_seq` is the last change both have. `same_history` is False when the backup also has changes that the
    database never had (another lineage, or an earlier restore). `people` holds (name, changes), most changes first.
    `readable` is False when the database is too damaged to say; the figures are then zero. `first_at` and `last_at`
    are UTC.
    """

    changes: int = 0
    change_sets: int = 0
    people: tuple[tuple[str, int], ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    contacts_created: int = 0
    after_seq: int = 0
    same_history: bool = True
    readable: bool = True


def preview_restore(database: Path, backup: Path) -> Lost:
    """What `restore` would lose; nothing when there is no database. Also while a server runs.

    Raises Invalid(backup_unreadable) when the backup has no readable change log.
    """
    try:
        with closing(open_still(backup)) as old:
            old_seq = _head(old)
            return _compare(database, old, old_seq)
    except sqlite3.Error as error:
        raise Invalid("backup_unreadable", N_("The backup cannot be read. Choose another one.")) from error


def _compare(database: Path, old: sqlite3.Connection, old_seq: int) -> Lost:
    if not database.is_file():
        return Lost(after_seq=old_seq)
    if database.stat().st_size == 0:  # SQLite would remove the -wal of an emptied file, and with it the last remains
        return Lost(readable=False)
    try:
        with closing(open_replaced(database)) as live:
            live.execute("BEGIN")
            common = _last_common_seq(live, old, old_seq)
            return _lost_after(live, common, same_history=common == old_seq)
    except sqlite3.Error:
        return Lost(readable=False)


def open_replaced(database: Path) -> sqlite3.Connection:
    """Open the database that would be replaced, to read. Raises what SQLite raises."""
    if is_known_copied(database):  # a copy laid over it: a -wal beside it belongs to another file
        return open_still(database)
    uri = f"{database.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def _head(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0])


def _last_common_seq(live: sqlite3.Connection, old: sqlite3.Connection, old_seq: int) -> int:
    # Each hash covers everything before it: up to the fork all are equal, after it none is.
    def differs(seq: int) -> bool:
        query = "SELECT hash FROM changes WHERE seq = ?"
        return bool(live.execute(query, (seq,)).fetchone() != old.execute(query, (seq,)).fetchone())

    return bisect_right(range(1, old_seq + 1), False, key=differs)


def _lost_after(live: sqlite3.Connection, seq: int, *, same_history: bool) -> Lost:
    changes, sets, first, last, created = live.execute(_TOTALS, (seq,)).fetchone()
    people = tuple((str(name or ""), int(count)) for name, count in live.execute(_PEOPLE, (seq,)))
    return Lost(changes, sets, people, _instant(first), _instant(last), created, seq, same_history)


def _instant(text: object) -> datetime | None:
    with suppress(ValueError):
        return from_wire(str(text))
    return None
