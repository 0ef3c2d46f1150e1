"""One server per database: an exclusive lock, and beside it a note that says who holds it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Conflict, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage.shares import check_local


@contextmanager
def own_database(database: Path, *, port: int, now: datetime) -> Iterator[None]:
    """Hold the database until the block is left. The lock ends with the process, however that ends.

    Raises Conflict(server_running), which names the holder, or Unavailable: folder_unusable, or database_on_share,
    where a lock holds nobody back.
    """
    check_local(database)
    lock = FileLock(lock_path(database), timeout=0)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise _held(database) from None
    except OSError as error:
        raise Unavailable(
            "folder_unusable",
            N_("The server cannot write in the folder %(folder)s. Check that this account may."),
            folder=str(database.parent),
        ) from error
    try:
        _write_owner(database, port, now)
        yield
    finally:
        owner_path(database).unlink(missing_ok=True)
        lock.release()


def lock_path(database: Path) -> Path:
    """The same file that backups/restore.py locks."""
    return database.with_name(f"{database.name}.lock")


def owner_path(database: Path) -> Path:
    """The note: `{"pid", "host", "since", "port"}`. It means nothing unless the lock is held."""
    return database.with_name(f"{database.name}.owner.json")


def find_owner(database: Path) -> dict[str, Any] | None:
    """What the note says; None when there is none that can be read."""
    try:
        owner = json.loads(owner_path(database).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(owner, dict) and {"pid", "host", "since", "port"} <= owner.keys()
    return owner if known else None


def _write_owner(database: Path, port: int, now: datetime) -> None:
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": to_wire(now), "port": port}
    with suppress(OSError):  # a full disk must not keep the server from answering reads
        owner_path(database).write_text(json.dumps(owner), "utf-8")


def _held(database: Path) -> Conflict:
    owner = find_owner(database)
    if owner is None:
        return Conflict(
            "server_running",
            N_("Another server or a restore is using %(database)s. Stop it first."),
            database=str(database),
        )
    return Conflict(
        "server_running",
        N_(
            "A server is already running on %(database)s: process %(pid)s on %(host)s, port %(port)s, since %(since)s. "
            "Stop it first, or use it."
        ),
        fields=owner,
        database=str(database),
        **{name: owner[name] for name in ("pid", "host", "port", "since")},
    )
