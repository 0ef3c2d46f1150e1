"""Records who has been away from his desktop for too long, and keeps until when the server knew who was there."""

from __future__ import annotations

from callmanager.server.actions.agent_states import settle
from callmanager.server.agents.marks import write_mark
from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services

EVERY_SECONDS = 5.0
MARK_SECONDS = 15.0


def build_job(services: Services) -> Job:
    """Every five seconds; when there is nothing to record, nothing is written."""
    return Job(
        name="agents",
        work=lambda: settle(services.log, services.states, services.attendance),
        every_seconds=EVERY_SECONDS,
        first_after_seconds=EVERY_SECONDS,
        retry_seconds=EVERY_SECONDS,
    )


def build_mark_job(services: Services) -> Job:
    """After a crash nobody is recorded as there for longer than this after the server last knew it."""
    return Job(
        name="agents_seen",
        work=lambda: note_seen(services),
        every_seconds=MARK_SECONDS,
        first_after_seconds=MARK_SECONDS,
        retry_seconds=MARK_SECONDS,
    )


def note_seen(services: Services) -> None:
    """Once; nothing is written while nobody is there."""
    seen = services.attendance.seen()
    if seen is not None:
        with services.storage.write() as connection:
            write_mark(connection, seen)
