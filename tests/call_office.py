"""An office in which people call: leases, states and calls on a clock that tests move by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from callmanager.domain.calls import CallState, EndCause, Step
from callmanager.domain.errors import Conflict
from callmanager.domain.office import CallLimits, Office
from callmanager.domain.people import Role
from callmanager.server.actions import agent_states, call_logged, call_outcomes, calls, lost_calls
from callmanager.server.actions.call_desk import CallDesk
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.announcements import Announcement, Announcements
from callmanager.server.changes.entities import CALL, CONTACT, TEAM
from callmanager.server.changes.write import Record
from callmanager.server.leases.terms import Lease, Purpose
from callmanager.server.queries import agents as agent_queries
from callmanager.server.queries import calls as queries
from callmanager.server.storage.sqlite import SqliteStorage
from tests.lease_office import LeaseOffice
from tests.office import REGION, START


@dataclass
class CallOffice(LeaseOffice):
    """Agents ana, bea and caro of one team, lejos of another; `announced` is what was told to people's windows."""

    announced: list[Announcement] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hand.pass_time(60)  # the clock by which the office was opened was ahead
        with self.write() as tx:
            sur = tx.insert(TEAM, {"name": "Sur"}).id
        self.hire("lejos", Role.AGENT, sur)

    def open_server(self) -> None:
        super().open_server()
        announcements = Announcements()
        announcements.on_announcement(self.announced.append)
        self.states = StateLedger()
        self.desk = CallDesk(self.leases, self.states, announcements, REGION, Office(limits=CallLimits(total=0)))

    def sign_in(self, *names: str) -> None:
        """They are at their desktops, and ready."""
        for name in names:
            self.do(agent_states.sign_in, self.states, self.people[name].id, actor=self.people[name])
            self.do(agent_states.set_own, self.states, "ready", None, actor=self.people[name])

    def start(
        self, who: str, contact: Record, *, lease: Lease | None = None, number: str | None = None, **how: Any
    ) -> Record:
        """`who` takes the contact, unless he has it, and calls it."""
        lease = lease or self.lock(who, contact.id, Purpose.CALL)
        wanted = calls.CallRequest(contact.id, lease.token, number or contact["phone"], "simulated", **how)
        record: Record = self.do(calls.start, self.desk, wanted, actor=self.people[who])
        return record

    def tell(
        self, who: str, call: Record, state: str, cause: str | None = None, *, ago: float = 0.0, assumed: bool = False
    ) -> Record:
        """His phone tells one step."""
        step = Step(CallState(state), assumed, None if cause is None else EndCause(cause), ago)
        record: Record = self.do(calls.tell, self.desk, call.id, [step], actor=self.people[who])
        return record

    def dispose(self, who: str, call: Record, code: str, **how: Any) -> tuple[Record, Record]:
        answer: tuple[Record, Record] = self.do(
            call_outcomes.dispose, self.desk, call.id, call_outcomes.Outcome(code, **how), actor=self.people[who]
        )
        return answer

    def retract(self, who: str, call: Record) -> tuple[Record, Record]:
        answer: tuple[Record, Record] = self.do(call_outcomes.retract, self.desk, call.id, actor=self.people[who])
        return answer

    def log_call(
        self, who: str, contact: Record, started_at: datetime, talk: float | None, code: str, **how: Any
    ) -> Any:
        logged = call_logged.Logged(contact.id, contact["phone"], started_at, talk, call_outcomes.Outcome(code, **how))
        return self.do(call_logged.log, self.desk, logged, actor=self.people[who])

    def ended_call(
        self, who: str, contact: Record, cause: str = "hung_up", *, talk: float | None = 60.0, reason: str = ""
    ) -> Record:
        """A call of `who` that has run its course: 2 s until it rang, 4 s of ringing, and the talk. Asked whether to
        call so soon again, he says yes."""
        call = self.start(who, contact, anyway=True, override_reason=reason)
        self.tell(who, call, "dialing")
        self.hand.pass_time(2)
        self.tell(who, call, "ringing")
        self.hand.pass_time(4)
        if talk is not None:
            self.tell(who, call, "connected")
            self.hand.pass_time(talk)
        return self.tell(who, call, "ended", cause)

    def close_lost(self) -> int:
        return lost_calls.close_lost(self.log, self.desk)

    def call(self, call_id: int) -> Record:
        return Record(CALL, self._read(CALL, call_id))

    def contact_now(self, contact_id: int) -> Record:
        return Record(CONTACT, self._read(CONTACT, contact_id))

    def _read(self, entity: Any, record_id: int) -> dict[str, Any]:
        with self.write() as tx:
            return tx.get(entity, record_id).row

    def state_of(self, who: str) -> str:
        with self.write() as tx:
            return self.states.standing(tx, self.people[who].id).state.value

    def day(self, who: str) -> dict[str, Any]:
        now = self.hand.now()
        with self.storage.read() as connection:
            return agent_queries.get_day(connection, self.people[who].id, START, now + timedelta(days=1), now=now)

    def listed(self, who: str, **wanted: Any) -> list[dict[str, Any]]:
        with self.storage.read() as connection:
            page = queries.list_calls(
                connection, self.people[who], queries.CallFilter(**wanted), limit=1_000, cursor=None
            )
        return page.items

    def told_of(self, who: str) -> list[dict[str, Any]]:
        """What the windows of `who` were told of calls."""
        found = [told for told in self.announced if told.event == "call" and told.choose is not None]
        shown = [told.choose(self.people[who]) for told in found if told.choose is not None]
        return [dict(one["call"]) for one in shown if one is not None]


def open_call_office(folder: Path, *who: str) -> CallOffice:
    """A new one, in which `who` (else ana, bea and caro) are at their desktops."""
    opened = CallOffice(SqliteStorage(folder / "contacts.db"))
    opened.sign_in(*(who or ("ana", "bea", "caro")))
    return opened


def dial(office: CallOffice, who: str, contact: Record, number: str | None = None) -> dict[str, Any] | None:
    """What the refusal says; None when the call may be made (it is then given up at once, undialled)."""
    lease = office.lock(who, contact.id, Purpose.CALL)
    wanted = calls.CallRequest(contact.id, lease.token, number or contact["phone"], "simulated")
    try:
        call = office.do(calls.start, office.desk, wanted, actor=office.people[who])
    except Conflict as refused:
        return {**refused.fields, "code": refused.code}
    finally:
        with office.write(office.people[who]) as tx:
            office.leases.end(tx, contact.id, "released")
    office.tell(who, call, "ended", "cancelled")
    return None


def called(office: CallOffice, who: str, contact: Record, outcome: str, *, reason: str = "", **how: Any) -> None:
    """A whole call with what came of it; the contact is let go. `reason`: why it may be called all the same."""
    talk = 60.0 if outcome in ("VOLVER_A_LLAMAR", "INTERESADO") else None
    call = office.ended_call(who, contact, "hung_up" if talk else "no_answer", talk=talk, reason=reason)
    office.dispose(who, call, outcome, **how)
    with office.write(office.people[who]) as tx:
        office.leases.end(tx, contact.id, "released")
