"""Proves that a backup restores: puts it into a folder of its own, lets a server start on it, compares the counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from callmanager.domain.clock import Clock
from callmanager.domain.texts import N_
from callmanager.server.backups.contents import ContentsProblem
from callmanager.server.backups.restore import restore


@dataclass(frozen=True, slots=True)
class Booted:
    """What a server that was started on the restored file said: ready or not, and rows per table (some of them)."""

    ready: bool
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrillResult:
    """`compared` holds the tables whose counts were equal or named in `problems`."""

    problems: tuple[ContentsProblem, ...]
    compared: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def drill(backup: Path, workdir: Path, *, boot: Callable[[Path], Booted], clock: Clock) -> DrillResult:
    """Restore `backup` into a new folder inside `workdir`, call `boot` with the database there, remove the folder.

    `boot` starts a real server on that path, asks /health/ready and counts, stops the server and returns. Raises what
    `restore` raises for a backup that is not good; the live database and the backup are not touched.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=workdir, ignore_cleanup_errors=True) as folder:
        database = Path(folder) / "contacts.db"
        restored = restore(database, backup, clock=clock)
        booted = boot(database)
    assert restored.verification.contents is not None, "restore accepts no other"
    expected = restored.verification.contents.rows
    return DrillResult(tuple(_problems(booted, expected)), tuple(sorted(booted.rows)))


def _problems(booted: Booted, expected: Mapping[str, int]) -> list[ContentsProblem]:
    if not booted.ready:
        return [ContentsProblem("server_not_ready", N_("The server did not become ready on the restored database."))]
    if not booted.rows:
        return [ContentsProblem("nothing_compared", N_("The server counted nothing, so nothing was compared."))]
    message = N_("The table %(table)s has %(found)s rows; it should have %(expected)s.")
    return [
        ContentsProblem("rows_differ", message, {"table": table, "found": found, "expected": expected.get(table, 0)})
        for table, found in sorted(booted.rows.items())
        if found != expected.get(table, 0)
    ]
