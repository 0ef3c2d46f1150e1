"""Files done safely: flushed, hashed, renamed in one step, on Linux and on Windows. Looks into no database.

Never read a live database with these functions inside the server: closing a file that SQLite has open in the same
process drops SQLite's locks (POSIX locks belong to the process).
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_

_CHUNK = 1 << 20
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE}
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF}
_SPARE_BYTES = 1 << 20
COMPANIONS = ("-wal", "-shm", "-journal")


def companion_paths(database: Path) -> list[Path]:
    """The files that SQLite may keep beside a database."""
    return [database.with_name(database.name + suffix) for suffix in COMPANIONS]


def discard(database: Path) -> None:
    """Remove an unfinished file and its companions; those that are not there are fine."""
    for path in (database, *companion_paths(database)):
        path.unlink(missing_ok=True)


def create_private(path: Path) -> None:
    """Make an empty file that only its owner can read: a backup holds people's numbers. FileExistsError if taken."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def give_owner(path: Path, *, like: Path) -> None:
    """Give a new file the owner of `like`, so that what an administrator makes stays the service's to use."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    model = like.stat()
    os.chown(path, model.st_uid, model.st_gid)


def sync_file(path: Path) -> None:
    """Return when the file's bytes are on the disk. (Windows flushes only files opened for writing.)"""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when renames in the folder are on the disk; where folders cannot be flushed, the system does it."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)


def hash_file(path: Path) -> str:
    """SHA-256 of the bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_file(source: Path, target: Path) -> str:
    """Copy the bytes to a new private file, flush it, and return the SHA-256 of what was read."""
    digest = hashlib.sha256()
    create_private(target)
    with source.open("rb") as reader, target.open("r+b") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a small file whole or not at all, flushed."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        create_private(part)
        with part.open("r+b") as writer:
            writer.write(text.encode())
            writer.flush()
            os.fsync(writer.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_room(folder: Path, needed: int) -> None:
    """Raise Unavailable(disk_full) unless `needed` bytes and a little more are free in the folder."""
    free = shutil.disk_usage(folder).free
    if free >= needed + _SPARE_BYTES:
        return
    raise Unavailable(
        "disk_full",
        N_(
            "There is no room in %(folder)s: %(needed_mb)s MB are needed and %(free_mb)s MB are free. "
            "Free some space or choose another folder."
        ),
        fields={"folder": str(folder), "needed_bytes": needed, "free_bytes": free},
        folder=str(folder),
        needed_mb=-(-needed // 1_000_000),
        free_mb=free // 1_000_000,
    )


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what the disk or SQLite refuses into Unavailable with a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise (_disk_full(folder) if error.errno in _FULL else _folder_unusable(folder)) from error
    except sqlite3.Error as error:
        raise _from_sqlite(folder, error) from error


def _from_sqlite(folder: Path, error: sqlite3.Error) -> CallManagerError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _SQLITE_FULL:
        return _disk_full(folder)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Unavailable("database_busy", N_("Another program is using the database. Close it and try again."))
    return Unavailable(
        "database_unreadable", N_("The database cannot be read. Check the disk, then restore the last good backup.")
    )


def _disk_full(folder: Path) -> Unavailable:
    return Unavailable(
        "disk_full",
        N_("The disk of %(folder)s is full. Free some space or choose another folder."),
        fields={"folder": str(folder)},
        folder=str(folder),
    )


def _folder_unusable(folder: Path) -> Unavailable:
    return Unavailable(
        "folder_unusable",
        N_("The folder %(folder)s cannot be used. Check that it exists and that this program may write to it."),
        fields={"folder": str(folder)},
        folder=str(folder),
    )
