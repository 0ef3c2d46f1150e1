"""Contacts as a client's copy keeps them: a row of what is searched and sorted, and the kept JSON as a line of its own.

Made inside the database, so that nobody parses or escapes the JSON of a contact on its way (docs/decisions/0095).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, select

from callmanager.domain.contacts import ROW_COLUMNS
from callmanager.server.storage.tables import contact_search, contacts
from callmanager.server.storage.types import json_row, select_rows_and_lines

_MADE: dict[str, ColumnElement[Any]] = {
    "words": contact_search.c.text + case((contact_search.c.note == "", ""), else_=" " + contact_search.c.note),
    "phone": func.coalesce(contacts.c.phone_e164, contacts.c.phone),
    "phone_valid": cast(contacts.c.phone_valid, Integer),
    "do_not_call": cast(contacts.c.do_not_call, Integer),
}
_ROW = json_row(*(_MADE[name] if name in _MADE else contacts.c[name] for name in ROW_COLUMNS))


def select_contact_lines(chosen: ColumnElement[bool]) -> Select[Any, Any]:
    """One row of two values: the rows as the inside of a JSON array, and the JSON as lines, in the same order."""
    statement = select(_ROW.label("columns"), contacts.c.wire).join(
        contact_search, contact_search.c.contact_id == contacts.c.id
    )
    return select_rows_and_lines(statement.where(chosen).order_by(contacts.c.seq))
