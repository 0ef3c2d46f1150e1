"""An office whose writes are guarded by leases, with a clock and a stopwatch that tests move by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callmanager.domain.people import SYSTEM, Actor
from callmanager.server.actions import contacts, locks
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import ChangeLog, Record
from callmanager.server.leases.events import LeaseEvent
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases
from callmanager.server.leases.terms import Lease, LeaseTerms, Purpose
from tests.office import REGION, START, Office


@dataclass
class HandClock:
    """The computer's clock and the stopwatch that no one can set back; `pass_time` moves both."""

    at: datetime = START
    stopwatch: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.stopwatch

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.stopwatch += seconds

    def set_by(self, seconds: float) -> None:
        """Somebody, or the network, sets the clock; no time passes."""
        self.at += timedelta(seconds=seconds)


@dataclass
class LeaseOffice(Office):
    """Agents ana, bea and caro of one team, their lead, and what was told of leases."""

    hand: HandClock = field(default_factory=HandClock)
    terms: LeaseTerms = field(default_factory=LeaseTerms)
    told: list[LeaseEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.open_server()
        self.team_id = self.open_teams("Norte")[0]
        for name in ("ana", "bea", "caro"):
            self.hire(name, self.people["agent-Norte"].role, self.team_id)

    def open_server(self) -> None:
        """As at a start: what was in memory only is gone."""
        self.leases = Leases(self.hand, self.terms, monotonic=self.hand.monotonic)
        self.leases.listen(self.told.append)
        self.log = ChangeLog(self.storage, self.hand, guard=WriteGuard(self.leases))

    def contact(self, **fields: Any) -> Record:
        return self.create(team_id=self.team_id, **fields)

    def lock(self, who: str, contact_id: int, purpose: Purpose = Purpose.EDIT, program: str = "") -> Lease:
        lease: Lease = self.do(locks.lock, self.leases, contact_id, purpose, program=program, actor=self.people[who])
        return lease

    def write_note(self, who: str | Actor, contact_id: int, note: str, lease: int | None = None) -> Record:
        """Edit the contact as it is now, so that only the lease can refuse."""
        actor = self.people[who] if isinstance(who, str) else who
        with self.log.write(actor, "api") as tx:
            version = tx.get(CONTACT, contact_id).version
            return contacts.edit(tx, contact_id, {"note": note}, version=version, region=REGION, lease=lease)

    def do_unlock(self, who: str, lease: Lease) -> None:
        self.do(locks.unlock, self.leases, lease.contact_id, lease.token, actor=self.people[who])

    def sweep(self) -> int:
        with self.write(SYSTEM, "job") as tx:
            return self.leases.sweep(tx)

    def happenings(self, contact_id: int) -> list[str]:
        """What was told of a contact, in order."""
        return [event.happening.value for event in self.told if event.lease.contact_id == contact_id]
