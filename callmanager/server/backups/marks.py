"""The mark inside every backup copy, and what a server does that starts on a file with such a mark.

A marked `contacts.db` was copied there by a person, as the documents say; a running server's own file never has one.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from callmanager.domain.clock import Clock, from_wire, to_wire
from callmanager.domain.errors import Conflict, Unavailable
from callmanager.domain.texts import N_
from callmanager.domain.withdrawals import WITHDRAWN, Withdrawal, to_text
from callmanager.server.backups.contents import open_still
from callmanager.server.backups.files import (
    check_room,
    companion_paths,
    copy_file,
    discard,
    give_owner,
    storage_errors,
    sync_file,
    sync_folder,
)
from callmanager.server.backups.manifests import find_manifest
from callmanager.server.backups.names import MANIFEST_SUFFIX, stamp
from callmanager.server.backups.replaced import check_present, forget_note, has_journal, has_note, was_replaced

_UPSERT = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

MAGIC = b"SQLite format 3\x00"
_ROLLBACK = b"\x01\x01"
_MALFORMED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(frozen=True, slots=True)
class Mark:
    """Which backup a file is a copy of; `at` is None when the text in the file names no instant."""

    backup_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was done with a copied file: for the log, and for whoever asks why clients load everything anew.

    `mark` is None when the file was no backup of ours, and only what lay beside it showed that it was copied.
    """

    mark: Mark | None
    old_epoch: str
    new_epoch: str
    set_aside: tuple[Path, ...]


def find_mark(database: Path) -> Mark | None:
    """The mark of a file, read without opening anything beside it; None without one or when it cannot be read.

    A live database torn by a power cut may be unreadable without its -wal: that is no mark, and SQLite repairs it.
    """
    if not database.is_file():
        return None
    try:
        return _read_mark(database)
    except sqlite3.Error:
        return None


def _read_mark(database: Path) -> Mark | None:
    with closing(open_still(database)) as connection:
        meta = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('backup_id', 'backup_at')"))
    if not meta.get("backup_id"):
        return None
    at = None
    with suppress(ValueError):
        at = from_wire(str(meta.get("backup_at")))
    return Mark(str(meta["backup_id"]), at)


def set_mark(copy: Path, backup_id: str, at: datetime) -> None:
    """Write the mark into a copy that nobody has open, and make the copy one plain file without -wal."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_UPSERT, [("backup_id", backup_id), ("backup_at", to_wire(at))])
        connection.execute("COMMIT")


def adopt_if_copied(
    database: Path,
    *,
    clock: Clock,
    zone: tzinfo | None = None,
    folders: Sequence[Path] = (),
    find_withdrawn: Callable[[Mark | None, Path], Sequence[Withdrawal]] = lambda _mark, _fresh: (),
) -> Adoption | None:
    """Make a backup that was copied over the database the database; None when the file is the server's own.

    Call it at start, holding the server's lock, before anything opens the file. A file without a mark counts as copied
    too when its header says rollback journal and a filled -wal lies beside it: no live database of ours looks so; and
    when a server that ran meanwhile has noticed it (replaced.py).

    Guarantees: afterwards the content equals the backup, with a new epoch and without the mark; a crash at any point
    leaves either the marked file, adopted at the next start, or the adopted one.

    Steps and their failures
    1. Read the mark from the file's own bytes. Unavailable(database_missing) when the file is gone and its journal not.
    2. Copy the file beside itself, clear the mark there, give it a new epoch, check it. Unavailable: disk_full,
       copied_backup_damaged when the copying was broken off, or copied_backup_differs when one of `folders` has the
       backup and it is not the same: a server wrote into the copy. Nothing has been touched.
    3. Rename the -wal, -shm and -journal of the replaced database to `...left-YYYYMMDD_HHMMSS`: SQLite would pour
       their pages into the wrong file. Unavailable(folder_unusable) when another program has them open.
    4. Put the new file in place in one step and flush the folder.

    `find_withdrawn` is asked what the file in place brings back; the list is left inside for the start to do again.

    A copy and a rename rather than an update in place: an update broken off would leave a journal that later puts the
    mark back into a live database, whose -wal would then be set aside as somebody else's.
    """
    check_present(database)
    if not is_copied(database):
        forget_note(database)
        return None
    mark = find_mark(database)
    fresh = database.with_name(f".{database.name}.adopting")
    with storage_errors(database.parent):
        discard(fresh)
        try:
            check_room(database.parent, database.stat().st_size)
            _check_as_taken(copy_file(database, fresh), mark, folders)
            give_owner(fresh, like=database)
            fresh.chmod(database.stat().st_mode & 0o777 | 0o600)
            old_epoch, new_epoch = _renew(fresh)
            _leave_word(fresh, find_withdrawn(mark, fresh))
            left = _set_aside(database, stamp(clock.now(), zone))
            fresh.replace(database)
            sync_folder(database.parent)
            forget_note(database)
        finally:
            discard(fresh)
    return Adoption(mark, old_epoch, new_epoch, left)


def is_copied(database: Path) -> bool:
    """Whether somebody copied this file here, so that a -wal beside it is another one's. Not for a running server's."""
    return find_mark(database) is not None or _looks_copied(database) or was_replaced(database)


def is_known_copied(database: Path) -> bool:
    """What a program beside the server can tell: that another file was put in the place of the database."""
    return has_note(database) or find_mark(database) is not None


def require_own(database: Path) -> None:
    """Raise Conflict when the file is not the one that its journal belongs to. For programs beside the server."""
    if is_known_copied(database):
        raise Conflict(
            "database_copied",
            N_("Another file was copied over the database. Start the server again, which takes it over; then repeat."),
        )


def _looks_copied(database: Path) -> bool:
    # SQLite writes "WAL" into the header before it fills a -wal and "rollback" only after it has removed it.
    if not database.is_file():
        return False
    with database.open("rb") as file:
        header = file.read(20)
    has_wal = has_journal(database)
    if len(header) < 20:  # emptied for a copy that did not come: SQLite would begin anew and delete the -wal
        return has_wal
    if not header.startswith(MAGIC) or header[18:20] != _ROLLBACK:
        return False
    return has_wal or _is_malformed(database)


def _is_malformed(database: Path) -> bool:
    try:
        _read_mark(database)
    except sqlite3.Error as error:
        return error.sqlite_errorcode in _MALFORMED
    return False


def _check_as_taken(sha256: str, mark: Mark | None, folders: Iterable[Path]) -> None:
    if mark is None:
        return
    for folder in folders:
        for card in folder.glob(f"contacts_backup_*.db{MANIFEST_SUFFIX}"):
            manifest = find_manifest(card.with_suffix(""))
            if manifest is not None and manifest.backup_id == mark.backup_id and manifest.sha256 != sha256:
                raise Unavailable(
                    "copied_backup_differs",
                    N_(
                        "What was copied over the database is not what %(name)s was when it was taken. Copy it again, "
                        "or run `callmanager backup restore --force %(name)s`."
                    ),
                    name=manifest.name,
                )


def _renew(fresh: Path) -> tuple[str, str]:
    new_epoch = str(uuid.uuid4())
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("PRAGMA secure_delete = ON").fetchone()
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise _damaged()
            old_epoch = _replace_epoch(connection, new_epoch)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in _MALFORMED:
            raise _damaged() from error
        raise
    return old_epoch, new_epoch


def _leave_word(fresh: Path, withdrawn: Sequence[Withdrawal]) -> None:
    if withdrawn:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute(_UPSERT, (WITHDRAWN, to_text(withdrawn)))
    sync_file(fresh)


def _replace_epoch(connection: sqlite3.Connection, new_epoch: str) -> str:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
        raise _damaged()
    connection.execute("BEGIN IMMEDIATE")
    row = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    connection.execute("DELETE FROM meta WHERE key IN ('backup_id', 'backup_at')")
    connection.execute(_UPSERT, ("epoch", new_epoch))
    connection.execute("COMMIT")
    return str(row[0]) if row else ""


def _damaged() -> Unavailable:
    return Unavailable(
        "copied_backup_damaged",
        N_("The backup that was copied over the database is damaged. Copy it again, or another one."),
    )


def _set_aside(database: Path, when: str) -> tuple[Path, ...]:
    moved = []
    for path in companion_paths(database):
        if path.exists():
            target = path.with_name(f"{path.name}.left-{when}")
            number = 1
            while target.exists():
                number += 1
                target = path.with_name(f"{path.name}.left-{when}_{number}")
            path.rename(target)
            moved.append(target)
    return tuple(moved)
