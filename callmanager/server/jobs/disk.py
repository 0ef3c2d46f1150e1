"""Warns before the disk is full and when the journal of the database grows without bound."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from callmanager.server.logs import get_log
from callmanager.server.services import Services
from callmanager.server.storage.own_file import journal_path

LITTLE_SPACE_BYTES = 1_073_741_824
LARGE_JOURNAL_BYTES = 268_435_456

_log = get_log("disk")


def build_watch(services: Services) -> DiskWatch:
    """Of the folders of the database, of the backups and of the second backups."""
    plan = services.backups
    folders = [services.database.parent, plan.folder, *([plan.second_folder] if plan.second_folder else [])]
    return DiskWatch(services.database, folders)


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk that `folder` is on. Raises OSError."""
    return shutil.disk_usage(folder).free


@dataclass(slots=True)
class DiskWatch:
    """Says each thing once when it begins and once when it ends, not every minute."""

    database: Path
    folders: list[Path]
    free: Callable[[Path], int] = free_bytes
    _reported: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Look once."""
        for folder in self.folders:
            if folder.is_dir():
                self._look_at(folder)
        journal = journal_path(self.database)
        size = journal.stat().st_size if journal.exists() else 0
        if self._is_news("journal", bad=size > LARGE_JOURNAL_BYTES):
            _log.warning("journal_large", bytes=size)

    def _look_at(self, folder: Path) -> None:
        free = self.free(folder)
        little = free < LITTLE_SPACE_BYTES
        if self._is_news(str(folder), bad=little):
            _log.warning("little_space", folder=str(folder), free_megabytes=free // 1_048_576)
        elif not little and str(folder) in self._reported:
            self._reported.discard(str(folder))
            _log.info("space_again", folder=str(folder), free_megabytes=free // 1_048_576)

    def _is_news(self, what: str, *, bad: bool) -> bool:
        if not bad:
            if what == "journal":
                self._reported.discard(what)
            return False
        new = what not in self._reported
        self._reported.add(what)
        return new
