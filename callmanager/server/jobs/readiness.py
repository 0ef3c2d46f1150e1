"""Tries every few seconds whether the database can be written; /health/ready reports the result."""

from __future__ import annotations

from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services
from callmanager.server.storage.probe import PROBE_SECONDS


def build_job(services: Services) -> Job:
    """What the probe meets is its result and no failure of the job."""
    return Job(
        name="readiness",
        work=lambda: _probe(services),
        every_seconds=PROBE_SECONDS,
        first_after_seconds=PROBE_SECONDS,
        retry_seconds=PROBE_SECONDS,
    )


def _probe(services: Services) -> None:
    services.write_probe.run()
