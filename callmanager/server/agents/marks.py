"""The mark that says until when the server knew who was there, so that a start after a crash can close their states.

It is no record: a row of `meta`, written over every few seconds while somebody is there.
"""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, delete, insert, select

from callmanager.domain.agent_states import AgentState
from callmanager.domain.clock import from_wire, to_wire
from callmanager.server.agents.attendance import Attendance, AttendanceMark
from callmanager.server.storage.tables import agent_states, meta

KEY = "agents_seen"


def write_mark(connection: Connection, seen: AttendanceMark) -> None:
    """Keep what is known now."""
    away = {str(user_id): to_wire(since) for user_id, since in seen.away.items()}
    value = orjson.dumps({"at": to_wire(seen.at), "away": away}).decode()
    connection.execute(delete(meta).where(meta.c.key == KEY))
    connection.execute(insert(meta).values(key=KEY, value=value))


def read_mark(connection: Connection) -> AttendanceMark | None:
    """What an earlier run of the server knew last."""
    text = connection.execute(select(meta.c.value).where(meta.c.key == KEY)).scalar()
    if text is None:
        return None
    kept = orjson.loads(text)
    return AttendanceMark(from_wire(kept["at"]), {int(user_id): from_wire(at) for user_id, at in kept["away"].items()})


def resume(connection: Connection, attendance: Attendance) -> None:
    """At a start: whoever the record shows as signed in is awaited, from when he was last known to be there."""
    mark = read_mark(connection)
    table = agent_states
    statement = select(table.c.user_id, table.c.started_at)
    statement = statement.where(table.c.ended_at.is_(None), table.c.state != AgentState.OFFLINE.value)
    for user_id, started_at in connection.execute(statement).all():
        known = started_at if mark is None else mark.away.get(user_id, mark.at)
        attendance.resume(user_id, max(known, started_at))
