"""The table of dispositions: what can come of a call and what each means, as managers keep it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, Text, select, true

from callmanager.domain.clock import from_wire
from callmanager.domain.dispositions import DEFAULTS, Finality
from callmanager.server.storage.prepared import list_prepared
from callmanager.server.storage.tables import identity, life, metadata
from callmanager.server.storage.types import Json

dispositions = Table(
    "dispositions",
    metadata,
    *identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("contact", Boolean, nullable=False),
    Column("positive", Boolean, nullable=False),
    Column("sale", Boolean, nullable=False),
    Column("final", Text, nullable=False),
    Column("do_not_call", Boolean, nullable=False),
    Column("number_mark", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("needs_note", Boolean, nullable=False),
    Column("retry", Json, nullable=False),
    Column("priority", Integer),
    Column("key", Integer),
    Column("ask_below_seconds", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    *life(),
)
_IN_USE = dispositions.c.active.is_(true())
# Of those in use one is chosen by each digit.
Index("ix_dispositions_key", dispositions.c.key, unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)

# The program brought them: no change of the log made them, so no seq is theirs.
_BROUGHT_AT = from_wire("2026-11-22T00:00:00.000Z")
_BROUGHT = {"seq": 0, "version": 1, "created_at": _BROUGHT_AT, "updated_at": _BROUGHT_AT, "archived_at": None}


def first_rows() -> list[dict[str, Any]]:
    """What a new database holds of them; migration 0003 writes the same into older ones."""
    return [{"id": number, **one.columns(), **_BROUGHT} for number, one in enumerate(DEFAULTS, 1)]


def list_codes(connection: Connection) -> list[str]:
    """Every code that a contact's status may be, those no longer in use too, in their order."""
    statement = select(dispositions.c.code).order_by(dispositions.c.position, dispositions.c.id)
    return list(connection.execute(statement).scalars())


def list_barring(connection: Connection) -> frozenset[str]:
    """The codes that say that a contact wants no calls, those no longer in use too."""
    return frozenset(connection.execute(select(dispositions.c.code).where(dispositions.c.do_not_call)).scalars())


def list_sales(connection: Connection) -> frozenset[str]:
    """The codes of a sale, which only a call can give, those no longer in use too."""
    return frozenset(connection.execute(select(dispositions.c.code).where(dispositions.c.sale)).scalars())


def list_final(connection: Connection) -> frozenset[str]:
    """The codes after which a contact is done for good, but for those who want no calls: of them the list tells."""
    return frozenset(row["code"] for row in list_prepared(connection, _FINAL, {}))


_FINAL = select(dispositions.c.code).where(
    dispositions.c.final == Finality.ALWAYS.value, dispositions.c.do_not_call.is_(False)
)
