"""What a failing disk or database means to people; a mistake of ours in SQL stays what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE}
_FULL |= {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_DIR_FSYNC}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_BUSY |= {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


@contextmanager
def translating() -> Iterator[None]:
    """Turns what SQLite says of its surroundings into Unavailable."""
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        known = translated(error)
        if known is error:
            raise
        raise known from error


def translated(error: BaseException) -> BaseException:
    """The Unavailable that an error of SQLite stands for, or the error itself."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return error
    if code in _FULL:
        return Unavailable(
            "disk_full",
            N_("The server's disk is full, so nothing can be saved. Free some space; reading still works."),
        )
    primary = code & 0xFF
    if primary in _DAMAGED:
        return Unavailable(
            "database_damaged", N_("The database file is damaged, or it is no database. Restore the last backup.")
        )
    if primary in _BUSY:
        return Unavailable("database_busy", N_("The database does not answer. Try again in a moment."))
    return error
