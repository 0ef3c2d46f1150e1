"""Every hour: what was kept for a day or until it expired is forgotten. The rules are in actions/housekeeping.py."""

from __future__ import annotations

from datetime import datetime

from callmanager.domain.people import SYSTEM
from callmanager.server.actions import housekeeping, prohibiting
from callmanager.server.jobs.scheduler import Job
from callmanager.server.logs import get_log
from callmanager.server.queries.start_warnings import register_warnings
from callmanager.server.registers.marking import settle_expired
from callmanager.server.services import Services

EVERY_SECONDS = 3600.0
TOLD_AT_HOUR = 6  # of UTC: old registers are told once a day, whatever the office's day is
FIRST_AFTER_SECONDS = 120.0
RETRY_SECONDS = 600.0
MOST_THROTTLES = 100_000

_log = get_log("housekeeping")


def build_job(services: Services) -> Job:
    return Job(
        name="housekeeping",
        work=lambda: tidy(services),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=FIRST_AFTER_SECONDS,
        retry_seconds=RETRY_SECONDS,
    )


def tidy(services: Services) -> None:
    """Do it all once, in short transactions."""
    now = services.clock.now()
    with services.storage.write() as connection:
        repeats = housekeeping.forget_repeats(connection, now)
    services.throttle_store.prune(now, keep=MOST_THROTTLES)
    expired = prohibiting.end_expired(services.log) + settle_expired(services.log)
    _tell_old_registers(services, now)
    _log.info("done", repeats=repeats, sessions=_end_sessions(services), prohibitions=expired)


def _tell_old_registers(services: Services, now: datetime) -> None:
    if now.hour == TOLD_AT_HOUR:
        for one in register_warnings(services.storage, now):
            _log.warning(one.code, **one.params)


def _end_sessions(services: Services) -> int:
    ended = 0
    while _is_left(services):
        with services.log.write(SYSTEM, "job") as tx:
            ended += housekeeping.end_expired_sessions(tx)
    return ended


def _is_left(services: Services) -> bool:
    with services.storage.read() as connection:
        return housekeeping.has_expired_sessions(connection, services.clock.now())
