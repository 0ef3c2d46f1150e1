"""Reads what state people are in, and one person's day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, false, or_, select, true

from callmanager.domain.agent_states import AgentState, Interval, sum_intervals, whole_seconds
from callmanager.domain.clock import to_wire
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, Reach, reach
from callmanager.server.agents.standings import AgentStanding, require_led, user_not_found
from callmanager.server.queries.calls import sum_day
from callmanager.server.storage.tables import agent_states, users

_BY = users.alias("by_whom")


def list_agents(connection: Connection, actor: Actor) -> list[Mapping[str, Any]]:
    """Everybody active whose state the actor may know, as much as he may know of it, by id."""
    table = agent_states
    present = and_(table.c.user_id == users.c.id, table.c.ended_at.is_(None))
    columns = [table.c.state, table.c.reason, table.c.started_at, table.c.why, table.c.seq]
    statement = (
        select(users.c.id, users.c.username, users.c.team_id, *columns, _BY.c.username.label("by_name"))
        .select_from(users)
        .join(table, present, isouter=True)
        .join(_BY, _BY.c.id == table.c.set_by, isouter=True)
        .where(users.c.active.is_(True), users.c.archived_at.is_(None), _known_to(actor))
        .order_by(users.c.id)
    )
    standings = [_standing(row) for row in connection.execute(statement).mappings()]
    return [shown for standing in standings if (shown := standing.shown_to(actor)) is not None]


def check_led(connection: Connection, actor: Actor, user_id: int) -> None:
    """Raises NotFound for somebody of a team that the actor does not see, Forbidden when he does not lead him."""
    row = connection.execute(select(users.c.team_id).where(users.c.id == user_id)).first()
    if row is None:
        raise user_not_found(user_id)
    require_led(actor, user_id, row.team_id)


def get_day(connection: Connection, user_id: int, start: datetime, end: datetime, *, now: datetime) -> dict[str, Any]:
    """A person's intervals between two instants, cut at them and at the present, and what they add up to."""
    found = _rows_between(connection, user_id, start, end)
    lasting = [row["started_at"] for row in found if row["ended_at"] is None]
    until = min(end, max([now, *lasting]))
    rows = [row for row in found if _lasted(row, start) and (row["ended_at"] is not None or start <= until)]
    # What is over counts to its end, also where a clock that was ahead has dated it later than now.
    pairs = [(row, _interval(row).within(start, end if row["ended_at"] else until)) for row in rows]
    sums = sum_intervals(interval for _row, interval in pairs)
    return {
        "id": user_id,
        "from": to_wire(start),
        "to": to_wire(max(start, until)),
        "intervals": [_shown(row, interval) for row, interval in pairs],
        "seconds": {state.value: seconds for state, seconds in sums.states.items()},
        "reasons": sums.reasons,
        "login_seconds": sums.login,
        "productive_pause_seconds": sums.productive_pause,
        "calls": sum_day(connection, user_id, start, end),
    }


def _known_to(actor: Actor) -> ColumnElement[bool]:
    """Whose states the actor may know: his own, and those that agent:read covers, of people."""
    team = users.c.team_id == actor.team_id if actor.team_id is not None else false()
    covered = true() if reach(actor, Permission.AGENT_READ) is Reach.ALL else team
    return or_(users.c.id == actor.id, and_(covered, users.c.service.is_(False)))


def _standing(row: RowMapping) -> AgentStanding:
    is_new = row["state"] is None
    return AgentStanding(
        id=row["id"],
        name=row["username"],
        team_id=row["team_id"],
        state=AgentState.OFFLINE if is_new else AgentState(row["state"]),
        reason=row["reason"],
        since=row["started_at"],
        by=row["by_name"],
        why=row["why"] or "",
        seq=row["seq"] or 0,
    )


def _rows_between(connection: Connection, user_id: int, start: datetime, end: datetime) -> list[RowMapping]:
    """Those that began in between, and the one that lasted when it began; by index, however long the record is."""
    table = agent_states
    mine = (
        select(table, _BY.c.username.label("by_name"))
        .join(_BY, _BY.c.id == table.c.set_by, isouter=True)
        .where(table.c.user_id == user_id)
    )
    before = mine.where(table.c.started_at < start).order_by(table.c.started_at.desc(), table.c.id.desc()).limit(1)
    inside = mine.where(table.c.started_at >= start, table.c.started_at < end)
    inside = inside.order_by(table.c.started_at, table.c.id)
    return [row for statement in (before, inside) for row in connection.execute(statement).mappings()]


def _lasted(row: RowMapping, start: datetime) -> bool:
    return row["ended_at"] is None or row["ended_at"] > start or row["started_at"] >= start


def _interval(row: RowMapping) -> Interval:
    return Interval(AgentState(row["state"]), row["reason"], row["started_at"], row["ended_at"])


def _shown(row: RowMapping, interval: Interval) -> dict[str, Any]:
    assert interval.ended_at is not None
    return {
        "state": interval.state.value,
        "reason": interval.reason,
        "started_at": to_wire(interval.started_at),
        "ended_at": to_wire(interval.ended_at),
        "lasts": row["ended_at"] is None,
        "seconds": whole_seconds(interval),
        "by": row["by_name"],
        "why": row["why"],
    }
