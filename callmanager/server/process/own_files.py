"""Which files of a server hold people's data, so that nobody else on this PC may read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from callmanager.server.backups.files import companion_paths
from callmanager.server.backups.leftovers import left_paths, replaced_paths


def private_paths(database: Path, log_file: Path, backups: Path) -> Iterator[Path]:
    """Those that are there: the database and what lies beside it, replaced ones, the log and older ones, backups."""
    yield from (path for path in (database, *companion_paths(database)) if path.exists())
    yield from (*replaced_paths(database), *left_paths(database))
    yield from (path for path in log_file.parent.glob(f"{log_file.name}*") if path.is_file())
    yield from backups.glob("contacts_backup_*")
