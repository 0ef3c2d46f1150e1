"""Holders in processes of their own are killed while they renew; says how long each contact stayed closed after it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from callmanager.domain.clock import SystemClock
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import locks
from callmanager.server.changes.write import ChangeLog
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases, Renewal
from callmanager.server.leases.terms import LeaseTerms, Purpose
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.sqlite import SqliteStorage

ROOT = Path(__file__).resolve().parents[1]
RENEWALS_PER_LEASE = 3
LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Held:
    """A holder's process and its contact."""

    process: subprocess.Popen[bytes]
    contact_id: int


def build_terms(seconds: float) -> LeaseTerms:
    """Leases of so many seconds, and the rest after a silent holder in the proportion of the real one."""
    real = LeaseTerms()
    return LeaseTerms(lease=timedelta(seconds=seconds), rest=timedelta(seconds=seconds * (real.rest / real.lease)))


def free_after_kill(storage: SqliteStorage, holders: dict[int, Actor], rival: Actor, *, lease: float) -> list[float]:
    """Let each of `holders` (by contact) hold and be killed at a random moment; seconds until `rival` had the contact.

    A contact that looks free must be given to him, else the server's refusal is raised.
    """
    terms, clock = build_terms(lease), SystemClock()
    leases = Leases(clock, terms)
    log = ChangeLog(storage, clock, guard=WriteGuard(leases))
    running = [Held(_start(storage.path, contact, actor, lease), contact) for contact, actor in holders.items()]
    try:
        return _measure(storage, log, leases, running, rival)
    finally:
        for held in running:
            held.process.kill()
            held.process.communicate()


def _measure(storage: Storage, log: ChangeLog, leases: Leases, running: list[Held], rival: Actor) -> list[float]:
    killed_at: dict[int, float] = {}
    for held in running:
        assert held.process.stdout is not None
        assert held.process.stdout.readline() == b"held\n"
    moments = random.Random(7)
    due = {
        held.contact_id: time.monotonic() + moments.uniform(0.0, leases.terms.lease.total_seconds()) for held in running
    }
    waits: dict[int, float] = {}
    while len(waits) < len(running):
        time.sleep(LOOK_SECONDS)
        for held in running:
            if held.contact_id not in killed_at and time.monotonic() >= due[held.contact_id]:
                held.process.kill()
                killed_at[held.contact_id] = time.monotonic()
        for contact_id in _free(storage, leases, killed_at.keys() - waits.keys()):
            _take_and_give_back(log, leases, rival, contact_id)
            waits[contact_id] = time.monotonic() - killed_at[contact_id]
    return sorted(waits.values())


def _free(storage: Storage, leases: Leases, contacts: set[int]) -> set[int]:
    with storage.read() as connection:
        return contacts - {lease.contact_id for lease in leases.list_held(connection)}


def _take_and_give_back(log: ChangeLog, leases: Leases, rival: Actor, contact_id: int) -> None:
    with log.write(rival, "api") as tx:
        lease = locks.lock(tx, leases, contact_id, Purpose.EDIT)
        locks.unlock(tx, leases, contact_id, lease.token)


def _start(database: Path, contact_id: int, actor: Actor, lease: float) -> subprocess.Popen[bytes]:
    what = [str(database), str(contact_id), str(actor.id), str(lease)]
    program = [sys.executable, "-m", "tests.lease_kills", *what]
    return subprocess.Popen(program, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)


def hold(database: Path, contact_id: int, user_id: int, lease: float) -> None:
    """A window: takes the contact and renews it until it is killed."""
    clock = SystemClock()
    leases = Leases(clock, build_terms(lease))
    log = ChangeLog(SqliteStorage(database), clock)
    actor = Actor(id=user_id, name=f"holder-{user_id}", role=Role.AGENT)
    with log.write(actor, "api") as tx:
        token = locks.lock(tx, leases, contact_id, Purpose.EDIT).token
    print("held", flush=True)
    while True:
        time.sleep(lease / RENEWALS_PER_LEASE)
        with log.write(actor, "api") as tx:
            leases.renew(tx, [Renewal(contact_id, token)])


if __name__ == "__main__":
    hold(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
