"""An office with a lead and two agents who come to their desktops and go, on a clock that tests move by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callmanager.domain.people import SYSTEM, Role
from callmanager.server.actions import agent_states as actions
from callmanager.server.agents.attendance import Attendance
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.agents.marks import resume, write_mark
from callmanager.server.agents.standings import AgentStanding
from callmanager.server.changes.write import ChangeLog
from callmanager.server.clocks import SteadyClock
from callmanager.server.queries import agents as queries
from tests.lease_office import HandClock
from tests.office import START, Office


@dataclass
class StateOffice(Office):
    """Agents ana and bea of team Norte with their lead, sur of another, free of none; `told` is what was announced."""

    hand: HandClock = field(default_factory=HandClock)
    told: list[AgentStanding] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        norte, sur = self.open_teams("Norte", "Sur")
        for name, team in (("ana", norte), ("bea", norte), ("sur", sur)):
            self.hire(name, Role.AGENT, team)
        self.hire("lead-sur", Role.TEAM_LEAD, sur)
        self.hire("lead-free", Role.TEAM_LEAD)
        self.hand.at = max(self.hand.at, self.clock.at)
        self.open_server()

    def open_server(self) -> None:
        """As at a start: what was in memory only is gone."""
        self.log = ChangeLog(self.storage, self.hand)
        self.states = StateLedger()
        self.states.listen(self.told.append)
        self.attendance = Attendance(SteadyClock(self.hand, self.hand.monotonic))
        with self.storage.read() as connection:
            resume(connection, self.attendance)

    def come(self, name: str, sid: str = "") -> None:
        """A desktop of his connects, and the server looks at it."""
        self.attendance.arrive(sid or name, self.people[name])
        self.settle()

    def go(self, name: str, sid: str = "") -> None:
        """It is cut off."""
        self.attendance.depart(sid or name)

    def settle(self) -> None:
        actions.settle(self.log, self.states, self.attendance)

    def mark(self) -> None:
        """What the job keeps every few seconds."""
        seen = self.attendance.seen()
        if seen is not None:
            with self.storage.write() as connection:
                write_mark(connection, seen)

    def set(self, name: str, state: str, reason: str | None = None) -> AgentStanding:
        standing: AgentStanding = self.do(actions.set_own, self.states, state, reason, actor=self.people[name])
        return standing

    def force(self, by: str, name: str, state: str, reason: str | None = None, why: str = "porque sí") -> AgentStanding:
        how: dict[str, Any] = {"why": why, "actor": self.people[by]}
        standing: AgentStanding = self.do(actions.force, self.states, self.people[name].id, state, reason, **how)
        return standing

    def call(self, name: str, state: str) -> None:
        with self.write(SYSTEM, "job") as tx:
            actions.set_by_call(tx, self.states, self.people[name].id, actions.AgentState(state))

    def day(self, name: str, *, start: datetime = START, end: datetime | None = None) -> dict[str, Any]:
        now = self.hand.now()
        with self.storage.read() as connection:
            return queries.get_day(connection, self.people[name].id, start, end or now + timedelta(days=1), now=now)

    def states_of(self, name: str) -> list[tuple[str, str | None, int]]:
        """His intervals: state, reason and seconds."""
        return [(one["state"], one["reason"], one["seconds"]) for one in self.day(name)["intervals"]]

    def state_of(self, name: str) -> str:
        with self.storage.read() as connection:
            listed = queries.list_agents(connection, self.people["admin"])
        (found,) = [agent for agent in listed if agent["name"] == name]
        return str(found["state"])
