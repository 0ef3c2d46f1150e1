"""Reads which lines and which people must not be called now. Every question of this kind is asked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from callmanager.domain.phones import line_of
from callmanager.domain.prohibitions import Kind, last_day_over
from callmanager.server.storage.tables import do_not_call


def in_force(now: datetime) -> ColumnElement[bool]:
    """Whether an entry of the list binds at this instant."""
    lasts = or_(do_not_call.c.expires_on.is_(None), do_not_call.c.expires_on >= last_day_over(now))
    return and_(do_not_call.c.archived_at.is_(None), lasts)


def barred_lines(connection: Connection, keys: Iterable[str], now: datetime) -> frozenset[str]:
    """Those lines of these phone keys that nobody may call."""
    lines = sorted({line_of(key) for key in keys})
    if not lines:
        return frozenset()
    wanted = select(do_not_call.c.key).where(do_not_call.c.key.in_(lines), do_not_call.c.kind == Kind.LINE.value)
    return frozenset(connection.execute(wanted.where(in_force(now))).scalars())


def barred_people(connection: Connection, contact_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Those of the contacts that are barred as persons."""
    if not contact_ids:
        return frozenset()
    wanted = select(do_not_call.c.contact_id).where(do_not_call.c.contact_id.in_(sorted(contact_ids)))
    return frozenset(connection.execute(wanted.where(in_force(now))).scalars())
