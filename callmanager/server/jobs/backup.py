"""Takes a verified backup every BACKUP_INTERVAL_MINUTES and removes those that need not be kept."""

from __future__ import annotations

from callmanager.server.backups.routine import BackupRoutine
from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services

SETTLE_SECONDS = 15.0
RETRY_SECONDS = 120.0
WAIT_SECONDS = 600.0


def build_job(services: Services) -> Job:
    """The first one is due when the last verified one is an interval old: often restarted servers have backups too."""
    routine = services.backup_routine
    every = routine.interval_minutes * 60.0
    return Job(
        name="backup",
        work=lambda: _take(routine),
        every_seconds=every,
        first_after_seconds=_first_after(routine, every),
        retry_seconds=min(every, RETRY_SECONDS),
    )


def _first_after(routine: BackupRoutine, every: float) -> float:
    age = routine.state().age_seconds
    return SETTLE_SECONDS if age is None else max(SETTLE_SECONDS, every - age)


def _take(routine: BackupRoutine) -> None:
    routine.take(wait_seconds=WAIT_SECONDS)
