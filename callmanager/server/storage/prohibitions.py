"""Reads which lines and which people must not be called now. Every question of this kind is asked here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, or_, select

from callmanager.domain.prohibitions import Kind, last_day_over
from callmanager.server.storage.prepared import find_prepared
from callmanager.server.storage.registers import register_lines, registers, shown_at
from callmanager.server.storage.tables import do_not_call


def in_force(now: datetime) -> ColumnElement[bool]:
    """Whether an entry of the list binds at this instant."""
    return and_(do_not_call.c.archived_at.is_(None), _lasts(do_not_call.c.expires_on, now))


def barred_lines(connection: Connection, lines: Collection[str], now: datetime) -> frozenset[str]:
    """Those of the lines that nobody may call: by an entry of the list, or by the file of a register."""
    if not lines:
        return frozenset()
    wanted = sorted(lines)
    entered = select(do_not_call.c.key).where(do_not_call.c.key.in_(wanted), do_not_call.c.kind == Kind.LINE.value)
    found = frozenset(connection.execute(entered.where(in_force(now))).scalars())
    if find_prepared(connection, _ANY_REGISTER, {}) is None:  # few offices load one, and all of them import and dial
        return found
    return found.union(row.key for row in connection.execute(registered(wanted, now)))


_ANY_REGISTER = select(registers.c.id).limit(1)


def registered(lines: Collection[str], now: datetime) -> Select[tuple[str, int]]:
    """Those of the lines that a register holds now; a line comes once for each register."""
    at_register = register_lines.c.register_id == registers.c.id
    found = select(register_lines.c.key, register_lines.c.register_id).join(registers, at_register)
    return found.where(
        register_lines.c.key.in_(sorted(lines)),
        shown_at(registers.c.load_id),
        _lasts(register_lines.c.expires_on, now),
    )


def barred_people(connection: Connection, contact_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Those of the contacts that are barred as persons."""
    if not contact_ids:
        return frozenset()
    wanted = select(do_not_call.c.contact_id).where(do_not_call.c.contact_id.in_(sorted(contact_ids)))
    return frozenset(connection.execute(wanted.where(in_force(now))).scalars())


def _lasts(expires_on: Column[str | None], now: datetime) -> ColumnElement[bool]:
    return or_(expires_on.is_(None), expires_on >= last_day_over(now))
