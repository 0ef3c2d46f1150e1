"""Twice a second: whether the file of the database is still the server's own, so that it is noticed when nobody asks.

What it notices is in the log and at /health/ready; everybody who reads or writes is told by the storage itself.
"""

from __future__ import annotations

from contextlib import suppress

from callmanager.domain.errors import Unavailable
from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services

EVERY_SECONDS = 0.5


def build_job(services: Services) -> Job:
    return Job(
        name="database_file",
        work=lambda: look(services),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=EVERY_SECONDS,
        retry_seconds=EVERY_SECONDS,
    )


def look(services: Services) -> None:
    """Once. What is wrong is no failure of the job."""
    with suppress(Unavailable):
        services.storage.check()
