"""Every hour: what was kept for a day or until it expired is forgotten. The rules are in actions/housekeeping.py."""

from __future__ import annotations

from callmanager.domain.people import SYSTEM
from callmanager.server.actions import housekeeping, prohibiting
from callmanager.server.jobs.scheduler import Job
from callmanager.server.logs import get_log
from callmanager.server.services import Services

EVERY_SECONDS = 3600.0
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
    expired = prohibiting.end_expired(services.log)
    _log.info("done", repeats=repeats, sessions=_end_sessions(services), prohibitions=expired)


def _end_sessions(services: Services) -> int:
    ended = 0
    while _is_left(services):
        with services.log.write(SYSTEM, "job") as tx:
            ended += housekeeping.end_expired_sessions(tx)
    return ended


def _is_left(services: Services) -> bool:
    with services.storage.read() as connection:
        return housekeeping.has_expired_sessions(connection, services.clock.now())
