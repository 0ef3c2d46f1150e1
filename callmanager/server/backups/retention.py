"""Which backups to keep, by name and never by the file's date, and the removal of the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from callmanager.server.backups.files import storage_errors
from callmanager.server.backups.listing import folder_lock, list_backups
from callmanager.server.backups.names import BackupName, manifest_path, parse_backup_name

ALWAYS_KEPT = 3
LONGEST_GAP = timedelta(hours=1)
"""More than this between two backups counts as this."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Every backup of the last `hours`, the last one of each of `days` days and of `weeks` weeks.

    Hours, days and weeks are those that have backups, not those of the calendar: a wrong clock, or a PC that was off
    for a month, ages nothing.
    """

    hours: int = 24
    days: int = 7
    weeks: int = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A backup as retention sees it: `at` is the instant in its name, in UTC."""

    name: BackupName
    at: datetime
    verified: bool


def to_prune(
    candidates: Iterable[Candidate],
    now: datetime,
    keep: Keep = Keep(),
    *,
    just_made: BackupName | None = None,
    zone: tzinfo | None = None,
) -> list[BackupName]:
    """The names that may go, oldest first.

    Never one dated in the future, the one just made, or the newest verified three.

    In each day and week the newest verified one stays; if none is verified, the newest.
    """
    ordered = sorted(candidates, key=lambda candidate: (candidate.at, candidate.name), reverse=True)
    past = [candidate for candidate in ordered if candidate.at <= now]
    kept = {candidate.name for candidate in ordered if candidate.at > now or candidate.name == just_made}
    kept |= _of_last_hours(past, now, keep.hours)
    kept |= {candidate.name for candidate in [one for one in past if one.verified][:ALWAYS_KEPT]}
    kept |= _last_of_each(past, keep.days, lambda at: at.astimezone(zone).date())
    kept |= _last_of_each(past, keep.weeks, lambda at: at.astimezone(zone).isocalendar()[:2])
    return [candidate.name for candidate in reversed(ordered) if candidate.name not in kept]


def _of_last_hours(newest_first: Iterable[Candidate], now: datetime, hours: int) -> set[BackupName]:
    """By the time between backups and not by the date alone: one backup of a clock that is ahead ages the others by an
    hour at most, and so does a night."""
    kept, age, later = set(), timedelta(), now
    for candidate in newest_first:
        age += min(later - candidate.at, LONGEST_GAP)
        later = candidate.at
        if age > timedelta(hours=hours):
            break
        kept.add(candidate.name)
    return kept


def _last_of_each(
    newest_first: Sequence[Candidate], count: int, period: Callable[[datetime], Hashable]
) -> set[BackupName]:
    last: dict[Hashable, Candidate] = {}
    for candidate in newest_first:
        held = last.setdefault(period(candidate.at), candidate)
        if candidate.verified and not held.verified:
            last[period(candidate.at)] = candidate
    return {candidate.name for candidate in list(last.values())[:count]}


def prune(
    folder: Path,
    *,
    now: datetime,
    keep: Keep = Keep(),
    just_made: Path | None = None,
    zone: tzinfo | None = None,
) -> list[Path]:
    """Remove what `to_prune` names, with the manifests, and manifests without a backup. Returns the backups removed.

    A file that another program holds open (Windows) stays until the next time. Other files are never touched.
    """
    if not folder.is_dir():
        return []
    with storage_errors(folder), folder_lock(folder):
        candidates = [
            Candidate(found.name, found.name.at(zone), found.verified_at is not None)
            for found in list_backups(folder, zone=zone)
        ]
        made = parse_backup_name(just_made.name) if just_made else None
        names = to_prune(candidates, now, keep, just_made=made, zone=zone)
        removed = [folder / str(name) for name in names if _removed(folder / str(name))]
        _remove_orphans(folder)
    return removed


def _removed(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
        manifest_path(path).unlink(missing_ok=True)
    except PermissionError:
        return not path.exists()
    return True


def _remove_orphans(folder: Path) -> None:
    for manifest in folder.glob("contacts_backup_*.db.json"):
        backup = manifest.with_suffix("")
        if parse_backup_name(backup.name) and not backup.exists():
            with suppress(PermissionError):
                manifest.unlink(missing_ok=True)
