"""Reads what can come of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import NotFound
from callmanager.domain.texts import N_
from callmanager.i18n import LANGUAGES, sentence
from callmanager.server.changes.entities import DISPOSITION
from callmanager.server.storage.dispositions import dispositions


def disposition_to_wire(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record, and by language what it is called: as the managers have named it, or by the program's own name."""
    own = STATUSES.get(row["code"], row["code"])
    names = {language: row["name"] or sentence(own, language) for language in LANGUAGES}
    return {**DISPOSITION.encode(row), "names": names}


def list_dispositions(connection: Connection) -> list[dict[str, Any]]:
    """All of them, those out of use too, in their order; there are never many."""
    statement = select(dispositions).order_by(dispositions.c.position, dispositions.c.id)
    return [disposition_to_wire(dict(row)) for row in connection.execute(statement).mappings()]


def get_disposition(connection: Connection, disposition_id: int) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    row = connection.execute(select(dispositions).where(dispositions.c.id == disposition_id)).mappings().first()
    if row is None:
        raise NotFound("disposition_not_found", N_("It does not exist, or you may not see it. Reload the list."))
    return disposition_to_wire(dict(row))
