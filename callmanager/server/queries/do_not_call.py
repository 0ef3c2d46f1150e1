"""Reads the list of numbers and people never to call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from callmanager.domain.phone_cells import lines_said
from callmanager.domain.phones import line_of, parse_phone
from callmanager.domain.prohibitions import Kind, lines_of
from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.storage.contact_index import ids_on_line
from callmanager.server.storage.prohibitions import in_force
from callmanager.server.storage.tables import do_not_call


@dataclass(frozen=True, slots=True)
class About:
    """Whom one asks about: lines and the people on them, or the one contact alone."""

    lines: frozenset[str]
    contact_id: int | None = None

    def people(self) -> Iterator[ColumnElement[bool]]:
        """Which people of the list that means."""
        if self.contact_id is not None:
            yield do_not_call.c.contact_id == self.contact_id
            return
        for line in sorted(self.lines):
            yield do_not_call.c.contact_id.in_(ids_on_line(line))


def list_entries(
    connection: Connection, *, about: About | None, now: datetime, after_id: int, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` entries that bind now, by id: all of them, or those about somebody."""
    statement = select(do_not_call).where(in_force(now), do_not_call.c.id > after_id)
    if about is not None:
        on_them = and_(do_not_call.c.kind == Kind.LINE.value, do_not_call.c.key.in_(sorted(about.lines)))
        statement = statement.where(or_(on_them, *about.people()))
    page = statement.order_by(do_not_call.c.id).limit(limit)
    return [DO_NOT_CALL.encode(dict(row)) for row in connection.execute(page).mappings()]


def about_number(number: str, region: str) -> About:
    """Whoever is reached on a number in any spelling, whatever its extension; of several numbers, on each. Raises
    Invalid."""
    phone = parse_phone(number, region)
    several = [] if phone.valid else lines_said(number, region)
    return About(frozenset(several or [line_of(phone.key)]))


def about_contact(contact: Mapping[str, Any]) -> About:
    """A contact and its lines."""
    return About(lines_of(contact["phones"]), contact["id"])
