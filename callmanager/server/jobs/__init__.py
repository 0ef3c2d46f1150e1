"""Work that nobody asks for and that must be done all the same: one file per job, and the scheduler that runs them."""

from __future__ import annotations

from callmanager.server.jobs import agents, backup, calls, database_file, disk, housekeeping, key_use, leases, readiness
from callmanager.server.jobs.scheduler import Job
from callmanager.server.services import Services


def build_jobs(services: Services) -> tuple[Job, ...]:
    """Every periodic job of a server. There is no other list, so that no way of starting can lack one."""
    return (
        agents.build_job(services),
        agents.build_mark_job(services),
        backup.build_job(services),
        calls.build_job(services),
        database_file.build_job(services),
        disk.build_job(services),
        housekeeping.build_job(services),
        key_use.build_job(services),
        leases.build_job(services),
        readiness.build_job(services),
    )
