"""One process of a race for contacts, as a program: it takes, writes and gives back, and notes what it was granted.

    python tests/server/lease_racer.py DATABASE JOURNAL USER ROUNDS SEED CLOCK_STEP

Each of ROUNDS tries for one of a few contacts. The clock of this process is set about by up to CLOCK_STEP seconds
before each try, and its leases are so short that a pause of the process makes it late. A line of the journal is a fact
that was committed: `grant CONTACT TOKEN ACQUIRED EXPIRES`, `write CONTACT TOKEN`, `refused` or `late`.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Conflict, Locked
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import contacts, locks
from callmanager.server.changes.write import ChangeLog
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases
from callmanager.server.leases.terms import LeaseTerms, Purpose
from callmanager.server.storage.sqlite import SqliteStorage

CONTACTS = (1, 2, 3)
SHORT = LeaseTerms(lease=timedelta(milliseconds=60), rest=timedelta(milliseconds=10))


class SteppedClock:
    """This PC's clock, badly set."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def main(*given: str) -> None:
    database, journal, user_id, rounds, seed, clock_step = given
    dice, clock = random.Random(seed), SteppedClock()
    leases = Leases(clock, SHORT)
    log = ChangeLog(SqliteStorage(Path(database)), clock, guard=WriteGuard(leases))
    actor = Actor(id=int(user_id), name=f"racer-{user_id}", role=Role.AGENT)
    with Path(journal).open("a", buffering=1, encoding="utf-8") as notes:
        for _ in range(int(rounds)):
            clock.offset = timedelta(seconds=dice.uniform(-1, 1) * float(clock_step))
            notes.write(try_once(log, leases, actor, dice) + "\n")


def try_once(log: ChangeLog, leases: Leases, actor: Actor, dice: random.Random) -> str:
    contact_id = dice.choice(CONTACTS)
    try:
        with log.write(actor, "api") as tx:
            lease = locks.lock(tx, leases, contact_id, Purpose.EDIT)
    except Locked:
        return "refused"
    granted = f"grant {contact_id} {lease.token} {to_wire(lease.acquired_at)} {to_wire(lease.expires_at)}"
    if dice.random() < 0.1:
        time.sleep(0.08)  # held up for longer than the lease
    try:
        with log.write(actor, "api") as tx:
            version = contacts.get_visible(tx, contact_id).version
            note = f"{actor.name} {lease.token}"
            contacts.edit(tx, contact_id, {"note": note}, version=version, region="CR", lease=lease.token)
            locks.unlock(tx, leases, contact_id, lease.token)
    except Conflict:
        return f"{granted}\nlate"
    return f"{granted}\nwrite {contact_id} {lease.token}"


if __name__ == "__main__":
    main(*sys.argv[1:])
