"""Every five seconds: calls whose window fell silent are ended, and shown to whoever made them when he is back."""

from __future__ import annotations

from callmanager.server.actions.call_desk import CallDesk
from callmanager.server.actions.lost_calls import close_lost
from callmanager.server.jobs.scheduler import Job
from callmanager.server.logs import get_log
from callmanager.server.services import Services

EVERY_SECONDS = 5.0
GRACE_SECONDS = 60.0
"""After a start nobody is blamed for the time in which the server was away: windows come back and take their contacts
again, as people keep their states (agents/attendance.py)."""

_log = get_log("calls")


def build_job(services: Services) -> Job:
    return Job(
        name="calls",
        work=lambda: sweep(services),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=GRACE_SECONDS,
        retry_seconds=EVERY_SECONDS,
    )


def sweep(services: Services) -> None:
    """End what is lost."""
    desk = CallDesk(
        services.leases, services.states, services.announcements, services.rules.region, services.rules.office
    )
    lost = close_lost(services.log, desk)
    if lost:
        _log.warning("lost", calls=lost)
