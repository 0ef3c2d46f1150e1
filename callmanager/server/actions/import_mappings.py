"""Saves and removes mappings of columns to fields, so that the next list of the same kind needs no questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from callmanager.domain.contacts import clean_text
from callmanager.domain.dispositions import check_status
from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.changes.entities import IMPORT_MAPPING, STATUSES_COLUMN
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.dispositions import list_codes
from callmanager.server.storage.tables import import_mappings

NAME_LENGTH = 80


@action(Permission.CONTACT_IMPORT)
def save(tx: Transaction, name: str, columns: Mapping[str, str], statuses: Mapping[str, str] | None = None) -> Record:
    """Keep a mapping under a name, with the statuses that the list's words mean; one of the same name is replaced.

    Raises Invalid, also for a status that there is not.
    """
    clean = clean_text(name)
    if not 0 < len(clean) <= NAME_LENGTH or clean.startswith("{"):
        raise Invalid(
            "mapping_name_invalid",
            N_("A mapping's name has 1 to %(limit)s characters and does not begin with {."),
            fields={"field": "name"},
            limit=NAME_LENGTH,
        )
    kept: dict[str, Any] = dict(columns)
    if statuses:
        known = list_codes(tx.connection)
        kept[STATUSES_COLUMN] = {clean_text(word): check_status(code, known) for word, code in statuses.items()}
    found = tx.first(IMPORT_MAPPING, select(import_mappings).where(import_mappings.c.name_key == sort_key(clean)))
    if found is None:
        return tx.insert(IMPORT_MAPPING, {"name": clean, "columns": kept})
    put = tx.restore if found["archived_at"] else tx.update
    return put(found, name=clean, columns=kept)


@action(Permission.CONTACT_IMPORT)
def remove(tx: Transaction, mapping_id: int) -> Record:
    """Put a saved mapping away. Raises NotFound."""
    return tx.delete(tx.get(IMPORT_MAPPING, mapping_id))
