"""Every minute: when keys were last used is written down. Requests only note it, so that reading never writes."""

from __future__ import annotations

from callmanager.server.actions.api_keys import flush_key_use
from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services

EVERY_SECONDS = 60.0


def build_job(services: Services) -> Job:
    return Job(
        name="key_use",
        work=lambda: write_down(services),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=EVERY_SECONDS,
        retry_seconds=EVERY_SECONDS,
    )


def write_down(services: Services) -> None:
    """Once; nothing is written when no key was used."""
    flush_key_use(services.log, services.identities.take_key_use())
