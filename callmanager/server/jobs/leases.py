"""Every five seconds: leases that have run out, or whose holder did not answer, are settled and announced."""

from __future__ import annotations

from callmanager.domain.people import SYSTEM
from callmanager.server.jobs.scheduler import Job
from callmanager.server.logs import get_log
from callmanager.server.services import Services

EVERY_SECONDS = 5.0

_log = get_log("leases")


def build_job(services: Services) -> Job:
    return Job(
        name="leases",
        work=lambda: sweep(services),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=EVERY_SECONDS,
        retry_seconds=EVERY_SECONDS,
    )


def sweep(services: Services) -> None:
    """Settle what is due. When nothing is, nothing is written."""
    with services.storage.read() as connection:
        if not services.leases.is_due(connection):
            return
    with services.log.write(SYSTEM, "job") as tx:
        ended = services.leases.sweep(tx)
    _log.info("ended", leases=ended)
