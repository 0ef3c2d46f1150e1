"""Reads do-not-call registers: how many numbers each holds, how old its file is, and what its files did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.registers import age_in_days, is_old
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import REGISTER, REGISTER_LOAD
from callmanager.server.storage.prohibitions import registered
from callmanager.server.storage.registers import register_lines, register_loads, registers


def find_register(connection: Connection, name: str) -> RowMapping | None:
    """The row of the register of this name, whatever its case and accents."""
    statement = select(registers).where(registers.c.name_key == sort_key(name))
    return connection.execute(statement).mappings().first()


def list_registers(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Every register by its name, with the age of its file in days and whether that is too old."""
    found = connection.execute(select(registers).order_by(registers.c.name_key)).mappings()
    return [_to_wire(row, now) for row in found]


def list_old(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """The registers whose file is old."""
    return [one for one in list_registers(connection, now) if one["is_old"]]


def _to_wire(row: RowMapping, now: datetime) -> dict[str, Any]:
    loaded_at: datetime | None = row["loaded_at"]
    age = None if loaded_at is None else age_in_days(loaded_at, now)
    return {**REGISTER.encode(dict(row)), "age_days": age, "is_old": is_old(loaded_at, now)}


def list_loads(connection: Connection, *, before_id: int | None, limit: int) -> Sequence[dict[str, Any]]:
    """Files of registers, newest first, with what each did; of what they could not read only the number."""
    statement = _loads().order_by(register_loads.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(register_loads.c.id < before_id)
    loads = map(_load_to_wire, connection.execute(statement).mappings())
    return [{**one, "report": {**one["report"], "errors": []}} for one in loads]


def get_load(connection: Connection, load_id: int) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    row = connection.execute(_loads().where(register_loads.c.id == load_id)).mappings().first()
    if row is None:
        raise NotFound("register_load_not_found", N_("There is no such file of a register."), fields={"id": load_id})
    return _load_to_wire(row)


def _loads() -> Any:
    joined = register_loads.join(registers, registers.c.id == register_loads.c.register_id)
    return select(register_loads, registers.c.name.label("source")).select_from(joined)


def _load_to_wire(row: RowMapping) -> dict[str, Any]:
    return {**REGISTER_LOAD.encode(dict(row)), "source": row["source"]}


def list_registered(connection: Connection, lines: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """What registers say of these lines now, as entries of the list; such an entry has no number of its own."""
    columns = (registers.c.name, registers.c.loaded_at, register_lines.c.reference)
    statement = registered(lines, now).add_columns(*columns, register_lines.c.listed_on, register_lines.c.expires_on)
    found = connection.execute(statement.order_by(register_lines.c.key, registers.c.name_key)).mappings()
    return [_entry(row) for row in found]


def _entry(row: RowMapping) -> dict[str, Any]:
    at = to_wire(row["loaded_at"])
    return {
        "id": None,
        "kind": "line",
        "number": row["key"],
        "contact_id": None,
        "reason": "",
        "source": row["name"],
        **{name: row[name] for name in ("reference", "listed_on", "expires_on")},
        "version": None,
        "seq": None,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
