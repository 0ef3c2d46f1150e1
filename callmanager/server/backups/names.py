"""The names of backup files: how they are made, read and ordered. Touches no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import total_ordering
from pathlib import Path

_STAMP = "%Y%m%d_%H%M%S"
_NAME = re.compile(r"contacts_backup_(20\d{6}_\d{6})(?:_([1-9]\d{0,3}))?\.db", re.ASCII)
_PART = re.compile(r"\.contacts_backup_\d{8}_\d{6}(_\d+)?\.db(\.part(-journal|-wal|-shm)?|\.json\.part)", re.ASCII)

MANIFEST_SUFFIX = ".json"


@total_ordering
@dataclass(frozen=True, slots=True)
class BackupName:
    """`contacts_backup_YYYYMMDD_HHMMSS.db`, with `_2`, `_3` ... for further ones of the same second.

    The digits are the wall clock of the server PC, since people choose a file by them; the manifest has UTC.
    """

    stamp: str
    number: int = 1

    def __str__(self) -> str:
        suffix = f"_{self.number}" if self.number > 1 else ""
        return f"contacts_backup_{self.stamp}{suffix}.db"

    def __lt__(self, other: BackupName) -> bool:
        return (self.stamp, self.number) < (other.stamp, other.number)

    def at(self, zone: tzinfo | None = None) -> datetime:
        """The instant the digits name, in UTC. In the hour that autumn repeats, the first of the two."""
        return datetime.strptime(self.stamp, _STAMP).replace(tzinfo=zone).astimezone(UTC)


def stamp(instant: datetime, zone: tzinfo | None = None) -> str:
    """`YYYYMMDD_HHMMSS` on the wall clock of `zone`; without one, of this computer."""
    return instant.astimezone(zone).strftime(_STAMP)


def parse_backup_name(text: str) -> BackupName | None:
    """The name as parts; None for the file of somebody else."""
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    name = BackupName(match[1], int(match[2] or 1))
    try:
        name.at(UTC)
    except ValueError:
        return None
    return name


def free_name(folder: Path, name: BackupName) -> BackupName:
    """`name`, or the next one of its second that neither a backup nor a manifest in `folder` has taken."""
    while (folder / str(name)).exists() or manifest_path(folder / str(name)).exists():
        name = BackupName(name.stamp, name.number + 1)
    return name


def manifest_path(backup: Path) -> Path:
    """`<name>.json` beside the backup."""
    return backup.with_name(backup.name + MANIFEST_SUFFIX)


def part_path(folder: Path, name: BackupName) -> Path:
    """The hidden name under which a backup is written until it is verified."""
    return folder / f".{name}.part"


def is_part(text: str) -> bool:
    """Whether this is an unfinished backup or manifest, or a companion that SQLite made for one."""
    return _PART.fullmatch(text) is not None
