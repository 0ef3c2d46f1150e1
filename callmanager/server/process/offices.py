"""Whether there is an office where the settings say, and what to do where there is none. Makes nothing.

An office is its database. Only a start of the server, the demo and `callmanager init` may make a new, empty one; and a
start does not where backups tell that there was one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from callmanager.domain.errors import Conflict, NotFound
from callmanager.domain.texts import N_
from callmanager.server.backups import Backup, list_backups


def has_office(database: Path) -> bool:
    """Whether there is a database; an empty file is none, and is taken for a new one."""
    return database.is_file() and database.stat().st_size > 0


def require_office(database: Path, backup_folders: Iterable[Path]) -> None:
    """Raises NotFound where there is no database: what was asked for needs one, and must not make it."""
    if has_office(database):
        return
    newest = newest_backup(backup_folders)
    if newest is not None:
        raise NotFound(
            "database_missing",
            N_(
                "There is no database at %(path)s, but there are backups; the newest is %(backup)s. Correct DATABASE "
                "in config.py, or run: callmanager backup restore %(backup)s"
            ),
            path=str(database),
            backup=str(newest.path),
        )
    raise NotFound(
        "database_missing",
        N_(
            "There is no office here: %(path)s does not exist. Go to the folder of the server, or add --home FOLDER "
            "before the command. A new, empty office is made by: callmanager init"
        ),
        path=str(database),
    )


def check_may_begin(database: Path, backup_folders: Iterable[Path]) -> None:
    """Raises Conflict where a start would make an empty office beside the backups of one that is gone."""
    newest = None if has_office(database) else newest_backup(backup_folders)
    if newest is not None:
        raise Conflict(
            "database_gone",
            N_(
                "There is no database at %(path)s, but there are backups, so no new, empty one was made. Correct "
                "DATABASE in config.py, or run: callmanager backup restore %(backup)s  If a new office is wanted, run: "
                "callmanager init"
            ),
            path=str(database),
            backup=str(newest.path),
        )


def newest_backup(folders: Iterable[Path]) -> Backup | None:
    """The newest one in any of these folders, of which some may not exist."""
    found = [backup for folder in folders for backup in list_backups(folder)[:1]]
    return max(found, key=lambda backup: backup.at, default=None)
