"""What a server that ran while its file was replaced left for the next start, which decides by it (decision 0099)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.backups.contents import Contents, examine, examine_open
from callmanager.server.backups.files import check_room, copy_file, discard
from callmanager.server.storage.own_file import journal_path, note_path


def has_note(database: Path) -> bool:
    """Whether a server has noticed that the file was replaced, and no start has looked into it since."""
    return note_path(database).exists()


def forget_note(database: Path) -> None:
    """The start has settled what the note was about."""
    note_path(database).unlink(missing_ok=True)


def was_replaced(database: Path) -> bool:
    """Whether the file is another one than the journal beside it belongs to, after a server has noticed something.

    A program that only touched the file, or wrote into it through SQLite, leaves a database that is whole together
    with its journal, and by itself an earlier state of it: it is kept, with all that was saved.
    """
    return has_note(database) and not _is_whole(database)


def has_journal(database: Path) -> bool:
    """Whether something was committed that the file itself may not hold."""
    journal = journal_path(database)
    return journal.exists() and journal.stat().st_size > 0


def check_present(database: Path) -> None:
    """Raise Unavailable when the file is gone and what is left beside it says that there was one."""
    journal = journal_path(database)
    left = [path for path in (note_path(database), journal) if path.exists() and path.stat().st_size]
    if left and not database.exists():
        raise Unavailable(
            "database_missing",
            N_(
                "The database %(path)s has been removed, but %(left)s is still there. Copy a backup to that place; "
                "or, to begin with an empty database, delete %(left)s."
            ),
            path=str(database),
            left=", ".join(path.name for path in left),
        )


def _is_whole(database: Path) -> bool:
    journal = journal_path(database)
    if not has_journal(database):
        return False  # nothing is lost by treating it as copied
    trial = database.with_name(f".{database.name}.checking")
    discard(trial)
    try:
        check_room(database.parent, database.stat().st_size + journal.stat().st_size)
        copy_file(database, trial)
        copy_file(journal, journal_path(trial))
        return _is_sound(trial, database)
    finally:
        discard(trial)


def _is_sound(trial: Path, database: Path) -> bool:
    try:
        with closing(sqlite3.connect(trial, isolation_level=None)) as connection:
            contents, problems = examine_open(connection)
            return contents is not None and not problems and _follows(connection, contents, examine(database)[0])
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return False


def _follows(whole: sqlite3.Connection, contents: Contents, alone: Contents | None) -> bool:
    """Whether the file by itself, if anything, is an earlier state of the whole."""
    if alone is None:  # a checkpoint that was broken off
        return True
    row = whole.execute("SELECT hash FROM changes WHERE seq = ?", (alone.seq,)).fetchone()
    return alone.epoch == contents.epoch and (alone.seq == 0 or row == (alone.head_hash,))
