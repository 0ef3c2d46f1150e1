"""Records people's states: ends one interval and begins the next at the same instant; told after the commit.

Of a person at most one interval is open, none overlap, and from his first one on there is no gap: but for a seam where
somebody has set the clock of the PC (docs/decisions/0098).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Select, bindparam, select

from callmanager.domain.agent_states import AgentState
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.people import SYSTEM
from callmanager.server.agents.standings import AgentStanding
from callmanager.server.announcements import Announcements
from callmanager.server.changes.entities import AGENT_STATE, USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.prepared import find_prepared, list_prepared
from callmanager.server.storage.tables import agent_states, users

StateListener = Callable[[AgentStanding], None]


class StateLedger:
    """The states of one server's people. Everything but `listen` works in a transaction of the caller's."""

    def __init__(self) -> None:
        self._listeners: list[StateListener] = []

    def listen(self, listener: StateListener) -> None:
        """Tell `listener` of each change, after its commit, in the thread that made it."""
        self._listeners.append(listener)

    def find(self, tx: Transaction, user_id: int) -> Record | None:
        """The interval that lasts, or None for somebody who was never signed in."""
        row = find_prepared(tx.connection, _open_of(), {"user": user_id})
        return None if row is None else Record(AGENT_STATE, row)

    def standing(self, tx: Transaction, user_id: int) -> AgentStanding:
        """The present state as it is told. Raises NotFound for a user that does not exist."""
        return _standing(tx, tx.get(USER, user_id), self.find(tx, user_id))

    def change(
        self,
        tx: Transaction,
        user_id: int,
        state: AgentState,
        reason: str | None = None,
        *,
        since: datetime | None = None,
        why: str = "",
    ) -> AgentStanding:
        """Put a person into a state, from now, or from `since` as far as nothing else is recorded after it.

        Who is in that state for that reason already stays in it, and its time goes on. Raises NotFound.
        """
        user = tx.get(USER, user_id)
        current = self.find(tx, user_id)
        if current is not None and (current["state"], current["reason"]) == (state.value, reason):
            return _standing(tx, user, current)
        at = _instant(tx, current, since)
        if current is not None:
            tx.update(current, ended_at=at)
        is_anothers = tx.actor.id not in (user_id, SYSTEM.id)
        values = {"state": state.value, "reason": reason, "started_at": at, "why": why}
        return self._begin(tx, user, {**values, "set_by": tx.actor.id if is_anothers else None})

    def follow_clock(self, tx: Transaction, leap: timedelta) -> None:
        """The clock of this PC was set by `leap`, or (0) this is a start: who is in a state stays in it, from now on by
        the new clock. What he did until then ends by the old one, at a seam: no second is lost or counted twice.

        What is over is left as it is: of two clocks nobody knows which was right.
        """
        for row in list_prepared(tx.connection, _open_ones(), {}):
            current = Record(AGENT_STATE, row)
            if current["started_at"] > tx.now or (leap and current["state"] != AgentState.OFFLINE.value):
                tx.update(current, ended_at=max(current["started_at"], from_wire(to_wire(tx.now - leap))))
                values = {name: current[name] for name in ("state", "reason", "why", "set_by")}
                self._begin(tx, tx.get(USER, current["user_id"]), {**values, "started_at": tx.now})

    def _begin(self, tx: Transaction, user: Record, values: Mapping[str, Any]) -> AgentStanding:
        row = tx.insert(AGENT_STATE, {"user_id": user.id, "team_id": user["team_id"], **values})
        standing = _standing(tx, user, row)
        for listener in self._listeners:
            tx.after_commit(partial(listener, standing))
        return standing


def announce(announcements: Announcements, standing: AgentStanding) -> None:
    """Tell everybody who is connected as much as he may know."""
    announcements.to_each("agent_state", standing.shown_to)


def _instant(tx: Transaction, current: Record | None, since: datetime | None) -> datetime:
    at = tx.now if since is None else min(from_wire(to_wire(since)), tx.now)
    return at if current is None else max(at, current["started_at"])


def _standing(tx: Transaction, user: Record, current: Record | None) -> AgentStanding:
    if current is None:
        name, team_id = user["username"], user["team_id"]
        return AgentStanding(user.id, name, team_id, AgentState.OFFLINE, None, None, by=None, why="", seq=0)
    return AgentStanding(
        id=user.id,
        name=user["username"],
        team_id=user["team_id"],
        state=AgentState(current["state"]),
        reason=current["reason"],
        since=current["started_at"],
        by=_name(tx, current["set_by"]),
        why=current["why"],
        seq=current["seq"],
    )


def _name(tx: Transaction, user_id: int | None) -> str | None:
    if user_id is None:
        return None
    if user_id == tx.actor.id:
        return tx.actor.name
    return tx.connection.execute(select(users.c.username).where(users.c.id == user_id)).scalar()


@lru_cache(maxsize=1)
def _open_of() -> Select[Any]:
    return select(agent_states).where(agent_states.c.user_id == bindparam("user"), agent_states.c.ended_at.is_(None))


@lru_cache(maxsize=1)
def _open_ones() -> Select[Any]:
    return select(agent_states).where(agent_states.c.ended_at.is_(None))
