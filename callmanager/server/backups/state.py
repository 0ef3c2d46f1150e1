"""How old the last verified backup is, and whether that is a reason for alarm. Reads names and manifests only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from callmanager.server.backups.listing import Backup, list_backups

ALARM_AFTER = timedelta(minutes=35)
_CLOCK_SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BackupState:
    """What admins see. `code`: "fine", "too_old", "none", or "in_the_future" (the clock was set back since)."""

    last: Backup | None
    age_seconds: float | None
    code: str

    @property
    def alarm(self) -> bool:
        return self.code != "fine"


def backup_state(
    folder: Path, *, now: datetime, alarm_after: timedelta = ALARM_AFTER, zone: tzinfo | None = None
) -> BackupState:
    """Age and state of the newest verified backup. One dated in the future says nothing about how old it is."""
    verified = [backup for backup in list_backups(folder, zone=zone) if backup.verified_at is not None]
    past = [backup for backup in verified if backup.at <= now + _CLOCK_SLACK]
    if not past:
        return BackupState(verified[0] if verified else None, None, "in_the_future" if verified else "none")
    last = max(past, key=lambda backup: backup.at)
    age = max(now - last.at, timedelta(0))
    return BackupState(last, age.total_seconds(), "too_old" if age > alarm_after else "fine")
