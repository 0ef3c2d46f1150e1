"""Reads imports and saved mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from callmanager.domain.errors import NotFound
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import IMPORT, IMPORT_MAPPING
from callmanager.server.storage.tables import import_mappings, imports


def get_import(connection: Connection, import_id: int) -> dict[str, Any]:
    """One import with its figures. Raises NotFound."""
    row = connection.execute(select(imports).where(imports.c.id == import_id)).mappings().first()
    if row is None:
        raise NotFound("import_not_found", N_("There is no such import."), fields={"import_id": import_id})
    return IMPORT.encode(dict(row))


def list_imports(connection: Connection, *, before_id: int | None, limit: int) -> Sequence[dict[str, Any]]:
    """Imports, newest first."""
    statement = select(imports).order_by(imports.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(imports.c.id < before_id)
    return [IMPORT.encode(dict(row)) for row in connection.execute(statement).mappings()]


def list_mappings(connection: Connection) -> Sequence[dict[str, Any]]:
    """Every saved mapping, by name."""
    table = import_mappings
    statement = select(table).where(table.c.archived_at.is_(None)).order_by(table.c.name_key)
    return [IMPORT_MAPPING.encode(dict(row)) for row in connection.execute(statement).mappings()]


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """Which field each column is, and which status each word of the list means."""

    columns: dict[str, str]
    statuses: dict[str, str]


def get_saved_mapping(connection: Connection, name: str) -> SavedMapping:
    """A saved mapping by its name. Raises NotFound."""
    table = import_mappings
    statement = select(table).where(table.c.name_key == sort_key(name), table.c.archived_at.is_(None))
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound("mapping_not_found", N_("There is no saved mapping %(name)s."), name=name[:80])
    found = IMPORT_MAPPING.encode(dict(row))
    return SavedMapping(found["columns"], found["statuses"])
