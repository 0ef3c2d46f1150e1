"""Reads the list of numbers never to dial."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.storage.tables import do_not_call


def list_numbers(connection: Connection, *, key: str | None, after_id: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` listed numbers by id, or only the one with that phone key."""
    statement = select(do_not_call).where(do_not_call.c.archived_at.is_(None), do_not_call.c.id > after_id)
    if key is not None:
        statement = statement.where(do_not_call.c.key == key)
    page = statement.order_by(do_not_call.c.id).limit(limit)
    return [DO_NOT_CALL.encode(dict(row)) for row in connection.execute(page).mappings()]
