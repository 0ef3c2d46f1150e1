"""Records that contacts or calls were taken out. It is the one write that a GET does; see docs/decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.domain.permissions import Permission
from callmanager.server.actions import action
from callmanager.server.changes.entities import EXPORT
from callmanager.server.changes.write import Record, Transaction


@action(Permission.CONTACT_EXPORT)
def record(tx: Transaction, format_name: str, filters: Mapping[str, Any], *, contacts: int) -> Record:
    """Who takes which contacts out, and how many the filters find now. Written before the first of them is sent."""
    values = {
        "format": format_name,
        "filters": dict(filters),
        "contacts": contacts,
        "created_by": tx.actor.id,
    }
    return tx.insert(EXPORT, values)


@action(Permission.CALL_EXPORT)
def record_calls(tx: Transaction, format_name: str, filters: Mapping[str, Any], *, found: int) -> Record:
    """Who takes which calls out, and how many they are. Written before the first of them is sent."""
    values = {"format": format_name, "filters": {"kind": "calls", **filters}, "contacts": found}
    return tx.insert(EXPORT, {**values, "created_by": tx.actor.id})
