"""Every job that a server does by the clock, how often, and what one run of it is. The work itself stands elsewhere.

There is no other list, so that no way of starting can lack a job. When there is nothing to do, nothing is written.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from callmanager.domain.errors import Unavailable
from callmanager.domain.people import SYSTEM
from callmanager.server.actions import housekeeping, prohibiting
from callmanager.server.actions.agent_states import settle
from callmanager.server.actions.api_keys import flush_key_use
from callmanager.server.actions.call_desk import CallDesk
from callmanager.server.actions.lost_calls import close_lost
from callmanager.server.agents.marks import write_mark
from callmanager.server.jobs.disk import build_watch
from callmanager.server.jobs.scheduler import Job
from callmanager.server.logs import get_log
from callmanager.server.queries.start_warnings import register_warnings
from callmanager.server.registers.marking import settle_expired
from callmanager.server.services import Services
from callmanager.server.storage.probe import PROBE_SECONDS

SWEEP_SECONDS = 5.0
CALLS_GRACE_SECONDS = 60.0
"""After a start nobody is blamed for the time in which the server was away: windows come back and take their contacts
again, as people keep their states (agents/attendance.py)."""

BACKUP_SETTLE_SECONDS = 15.0
_BACKUP_RETRY_SECONDS = 120.0
_BACKUP_WAIT_SECONDS = 600.0
TOLD_AT_HOUR = 6
"""Of UTC: old registers are told once a day, whatever the day of the office is."""
_MOST_THROTTLES = 100_000


def build_jobs(services: Services) -> tuple[Job, ...]:
    """Every periodic job of a server."""
    return (
        Job("agents", lambda: settle(services.log, services.states, services.attendance), SWEEP_SECONDS),
        Job("agents_seen", lambda: note_seen(services), 15.0),
        build_backup_job(services),
        Job("calls", lambda: close_lost_calls(services), SWEEP_SECONDS, first_after_seconds=CALLS_GRACE_SECONDS),
        Job("database_file", lambda: check_own_file(services), 0.5),
        Job("disk", build_watch(services).look, 60.0, first_after_seconds=5.0),
        Job("housekeeping", lambda: tidy(services), 3600.0, first_after_seconds=120.0, retry_seconds=600.0),
        Job("key_use", lambda: write_key_use(services), 60.0),
        Job("leases", lambda: sweep_leases(services), SWEEP_SECONDS),
        Job("readiness", lambda: _probe(services), PROBE_SECONDS),
    )


def note_seen(services: Services) -> None:
    """Keep until when the server knew who was there: after a crash nobody counts as there for much longer."""
    seen = services.attendance.seen()
    if seen is not None:
        with services.storage.write() as connection:
            write_mark(connection, seen)


def build_backup_job(services: Services) -> Job:
    """The first one is due when the last verified one is an interval old: often restarted servers have backups too."""
    routine = services.backup_routine
    every = routine.interval_minutes * 60.0
    age = routine.state().age_seconds
    return Job(
        "backup",
        lambda: _take_backup(services),
        every,
        first_after_seconds=BACKUP_SETTLE_SECONDS if age is None else max(BACKUP_SETTLE_SECONDS, every - age),
        retry_seconds=min(every, _BACKUP_RETRY_SECONDS),
    )


def _take_backup(services: Services) -> None:
    services.backup_routine.take(wait_seconds=_BACKUP_WAIT_SECONDS)


def close_lost_calls(services: Services) -> None:
    """End calls whose window fell silent; they are shown to whoever made them when he is back."""
    desk = CallDesk(
        services.leases, services.states, services.announcements, services.rules.region, services.rules.office
    )
    lost = close_lost(services.log, desk)
    if lost:
        get_log("calls").warning("lost", calls=lost)


def check_own_file(services: Services) -> None:
    """Notice that the file of the database is not the server's own any more, also while nobody asks for anything.

    It is in the log and at /health/ready, and everybody who reads or writes is told by the storage: no failed job.
    """
    with suppress(Unavailable):
        services.storage.check()


def tidy(services: Services) -> None:
    """Forget what was kept for a day or until it expired, in short transactions. Rules: actions/housekeeping.py."""
    now = services.clock.now()
    with services.storage.write() as connection:
        repeats = housekeeping.forget_repeats(connection, now)
    services.throttle_store.prune(now, keep=_MOST_THROTTLES)
    expired = prohibiting.end_expired(services.log) + settle_expired(services.log)
    _tell_old_registers(services, now)
    get_log("housekeeping").info("done", repeats=repeats, sessions=_end_sessions(services), prohibitions=expired)


def _tell_old_registers(services: Services, now: datetime) -> None:
    if now.hour == TOLD_AT_HOUR:
        for one in register_warnings(services.storage, now):
            get_log("housekeeping").warning(one.code, **one.params)


def _end_sessions(services: Services) -> int:
    ended = 0
    while _is_left(services):
        with services.log.write(SYSTEM, "job") as tx:
            ended += housekeeping.end_expired_sessions(tx)
    return ended


def _is_left(services: Services) -> bool:
    with services.storage.read() as connection:
        return housekeeping.has_expired_sessions(connection, services.clock.now())


def write_key_use(services: Services) -> None:
    """Write down when keys were last used. Requests only note it, so that reading never writes."""
    flush_key_use(services.log, services.identities.take_key_use())


def sweep_leases(services: Services) -> None:
    """Settle and announce leases that have run out, or whose holder did not answer."""
    with services.storage.read() as connection:
        if not services.leases.is_due(connection):
            return
    with services.log.write(SYSTEM, "job") as tx:
        ended = services.leases.sweep(tx)
    get_log("leases").info("ended", leases=ended)


def _probe(services: Services) -> None:
    """Try whether the database can be written. What the probe meets is its result (/health/ready), no failed job."""
    services.write_probe.run()
