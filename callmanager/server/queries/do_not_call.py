"""Reads the list of numbers and people never to call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from callmanager.domain.phones import line_of
from callmanager.domain.prohibitions import Kind
from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.storage.contact_index import ids_on_line
from callmanager.server.storage.prohibitions import in_force
from callmanager.server.storage.tables import do_not_call


def list_entries(
    connection: Connection, *, key: str | None, now: datetime, after_id: int, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` entries that bind now, by id: all of them or, with a phone key, what bars that line and the
    people who are reached on it."""
    statement = select(do_not_call).where(in_force(now), do_not_call.c.id > after_id)
    if key is not None:
        line = line_of(key)
        on_it = and_(do_not_call.c.kind == Kind.LINE.value, do_not_call.c.key == line)
        statement = statement.where(or_(on_it, do_not_call.c.contact_id.in_(ids_on_line(line))))
    page = statement.order_by(do_not_call.c.id).limit(limit)
    return [DO_NOT_CALL.encode(dict(row)) for row in connection.execute(page).mappings()]
