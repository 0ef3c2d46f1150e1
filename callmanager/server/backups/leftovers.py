"""What restores and copies leave beside the database: kept for whoever wants back, and bounded.

`contacts_replaced_*.db` is a database that a restore replaced, with its manifest or its -wal; `*.left-*` is the journal
of a database over which somebody copied another. What a crash left half done is of no use to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from callmanager.server.backups.files import companion_paths, discard

KEPT = 5
_REPLACED = re.compile(r"contacts_replaced_(\d{8}_\d{6}(?:_\d+)?)\.db(?:\.json|-wal|-shm|-journal)?", re.ASCII)
_LEFT = re.compile(r".+-(?:wal|shm|journal)\.left-(\d{8}_\d{6}(?:_\d+)?)", re.ASCII)


def remove_old_leftovers(database: Path) -> list[Path]:
    """Remove all but the newest KEPT of each kind, by the stamp in the name. Answers what is gone.

    For whoever holds the database's lock, after a copy has been adopted.
    """
    for work in ("adopting", "restoring", "checking"):
        discard(database.with_name(f".{database.name}.{work}"))
    return [*_removed(left_paths(database), _LEFT), *_removed(replaced_paths(database), _REPLACED)]


def left_paths(database: Path) -> list[Path]:
    """The journals that were set aside."""
    return [path for path in database.parent.glob(f"{database.name}-*.left-*") if path.is_file()]


def replaced_paths(database: Path) -> list[Path]:
    """The databases that restores replaced, and what lies beside them."""
    return [path for path in database.parent.glob("contacts_replaced_*") if path.is_file()]


def _removed(paths: Iterable[Path], pattern: re.Pattern[str]) -> list[Path]:
    stamps = {path: _order(found[1]) for path in paths if (found := pattern.fullmatch(path.name))}
    kept = sorted(set(stamps.values()))[-KEPT:]
    old = [path for path, stamp in stamps.items() if stamp not in kept]
    for path in old:
        with suppress(OSError):  # another program has it open (Windows): the next start removes it
            path.unlink()
    return [path for path in old if not path.exists()]


def _order(stamp: str) -> tuple[str, int]:
    day, time, *number = stamp.split("_")
    return f"{day}_{time}", int(number[0]) if number else 1


def private_paths(database: Path, log_file: Path, backups: Path) -> Iterator[Path]:
    """Those that are there: the database and what lies beside it, replaced ones, the log and older ones, backups."""
    yield from (path for path in (database, *companion_paths(database)) if path.exists())
    yield from (*replaced_paths(database), *left_paths(database))
    yield from (path for path in log_file.parent.glob(f"{log_file.name}*") if path.is_file())
    yield from backups.glob("contacts_backup_*")
