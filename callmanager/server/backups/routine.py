"""The backup of a running server: taken, logged and pruned in one way, whether a job, a person or the stop asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Conflict
from callmanager.domain.texts import N_
from callmanager.server.backups.listing import Backup, list_backups
from callmanager.server.backups.retention import Keep, prune
from callmanager.server.backups.take import take_backup
from callmanager.server.logs import get_log
from callmanager.server.pace import Pace

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


LATE_AFTER = timedelta(minutes=5)

_log = get_log("backup")


@dataclass(frozen=True, slots=True)
class Failure:
    """A backup that did not succeed, and when."""

    at: datetime
    error: CallManagerError


@dataclass(slots=True)
class BackupRoutine:
    """Takes backups of one database, one at a time. `failure` is that of the last attempt, None after a good one.

    `check_own` raises when the file is not the server's own any more: nothing is copied of such a one.
    """

    database: Path
    folder: Path
    second_folder: Path | None
    keep: Keep
    interval_minutes: int
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    check_own: Callable[[], None] = lambda: None
    failure: Failure | None = None
    _busy: threading.Lock = field(default_factory=threading.Lock)

    def take(self, *, wait_seconds: float = 0.0, progress: Callable[[str], None] | None = None) -> Backup:
        """Take one, verified, then prune. Raises Conflict(backup_running) when another is still being taken."""
        if not self._busy.acquire(timeout=wait_seconds) if wait_seconds else not self._busy.acquire(blocking=False):
            raise Conflict("backup_running", N_("Another backup is being taken. Wait until it is done."))
        try:
            with self.pace.behind():
                return self._take(progress)
        finally:
            self._busy.release()

    def state(self) -> BackupState:
        """Age of the last verified one; an alarm when it is later than the interval and five minutes."""
        alarm_after = timedelta(minutes=self.interval_minutes) + LATE_AFTER
        return backup_state(self.folder, now=self.clock.now(), alarm_after=alarm_after)

    def _take(self, progress: Callable[[str], None] | None) -> Backup:
        def tell(step: str) -> None:
            self.check_own()
            if progress is not None:
                progress(step)

        try:
            self.check_own()
            backup = take_backup(
                self.database,
                self.folder,
                clock=self.clock,
                second_folder=self.second_folder,
                progress=tell,
                pace=self.pace,
            )
        except CallManagerError as error:
            self._remember(error)
            raise
        self.failure = None
        verified = backup.verified_at is not None
        _log.info("taken", name=str(backup.name), bytes=backup.size, verified=verified)
        if backup.second_error is not None:
            self._remember(backup.second_error)
        self._prune(backup)
        return backup

    def _prune(self, backup: Backup) -> None:
        for folder, made in ((self.folder, backup.path), (self.second_folder, backup.second_copy)):
            if folder is None or made is None:
                continue
            try:
                gone = prune(folder, now=self.clock.now(), keep=self.keep, just_made=made)
            except CallManagerError as error:
                _log.error("not_pruned", folder=str(folder), code=error.code)
            else:
                if gone:
                    _log.info("pruned", folder=str(folder), names=", ".join(path.name for path in gone))

    def _remember(self, error: CallManagerError) -> None:
        self.failure = Failure(self.clock.now(), error)
        _log.error("failed", code=error.code, reason=str(error))
