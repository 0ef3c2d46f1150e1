"""Ends calls whose window fell silent: the lease of their contact is no longer its holder's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select

from callmanager.domain.calls import CallState, EndCause, Step
from callmanager.domain.people import SYSTEM
from callmanager.server.actions.call_desk import CallDesk
from callmanager.server.actions.calls import take_steps
from callmanager.server.changes.entities import CALL
from callmanager.server.changes.write import ChangeLog
from callmanager.server.storage.calls import calls
from callmanager.server.storage.prepared import list_prepared
from callmanager.server.storage.tables import leases


def close_lost(log: ChangeLog, desk: CallDesk) -> int:
    """End what is lost; when nothing is, nothing is written. Says how many calls that were."""
    with log.storage.read() as connection:
        if not _find_lost(connection, desk):
            return 0
    with log.write(SYSTEM, "job") as tx:
        lost = _find_lost(tx.connection, desk)
        for call_id, since in lost.items():
            ago = since / timedelta(seconds=1)
            take_steps(tx, desk, tx.get(CALL, call_id), [Step(CallState.ENDED, True, EndCause.LOST, ago)])
    return len(lost)


def _find_lost(connection: Connection, desk: CallDesk) -> dict[int, timedelta]:
    """The calls that are up though nobody holds their contact for them, and since how long, by the clock of leases."""
    live = list_prepared(connection, _live(), {})
    if not live:
        return {}
    now = desk.leases.now(connection)
    return {row["id"]: max(now - ended, timedelta()) for row in live if (ended := _ended(row, now)) is not None}


def _ended(row: Mapping[str, Any], now: datetime) -> datetime | None:
    if row["holder_id"] is None:
        return now
    if row["holder_id"] != row["user_id"]:
        taken: datetime = row["acquired_at"]
        return taken
    expires_at: datetime = row["expires_at"]
    return None if expires_at > now else expires_at


@cache
def _live() -> Select[Any]:
    """Few: one for each person at most."""
    return (
        select(calls.c.id, calls.c.user_id, leases.c.user_id.label("holder_id"), leases.c.acquired_at)
        .add_columns(leases.c.expires_at)
        .join(leases, leases.c.contact_id == calls.c.contact_id, isouter=True)
        .where(calls.c.ended_at.is_(None))
    )
