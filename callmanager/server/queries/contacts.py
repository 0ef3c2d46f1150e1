"""Reads contacts: one, a page by filters and words, or all of them as a stream. A page is JSON the database joined."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from callmanager.domain.errors import Invalid, NotFound
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.log import visible_records
from callmanager.server.storage import contact_index
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.joined import joined_text
from callmanager.server.storage.tables import contacts

STREAM_PIECE = 1_000
SORTS = ("id", "-id", "name", "-name", "updated_at", "-updated_at")
_SORT_COLUMNS = {"id": contacts.c.id, "name": contacts.c.name_key, "updated_at": contacts.c.seq}


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts are wanted; None means any. `team_id` 0 means without a team, `assigned_to` 0 unassigned."""

    text: str | None = None
    phone_key: str | None = None
    status: str | None = None
    team_id: int | None = None
    campaign_id: int | None = None
    assigned_to: int | None = None
    do_not_call: bool | None = None
    archived: bool = False
    updated_since: datetime | None = None
    sort: str = "id"


@dataclass(frozen=True, slots=True)
class Page:
    """Contacts as the inside of a JSON array, and the cursor of the next page when there is one."""

    items: str
    next_cursor: str | None = field(default=None)

    def json(self) -> bytes:
        return f"[{self.items}]".encode()


def get_contact(connection: Connection, sight: Visibility, contact_id: int) -> str:
    """One contact as JSON. Raises NotFound."""
    statement = select(contacts.c.wire).where(contacts.c.id == contact_id, visible_records(sight, contacts.c.team_id))
    wire = connection.execute(statement).scalar()
    if wire is None:
        raise NotFound(
            "contact_not_found",
            N_("There is no such contact, or you may not see it. Reload the list."),
            fields={"id": contact_id},
        )
    return str(wire)


def family_ids(connection: Connection, sight: Visibility, contact_id: int) -> list[int]:
    """The contact and those merged into it, directly or through others, for its history. Raises NotFound."""
    get_contact(connection, sight, contact_id)
    family, fresh = [contact_id], [contact_id]
    while fresh:
        found = connection.execute(select(contacts.c.id).where(contacts.c.merged_into.in_(fresh))).scalars()
        fresh = [merged for merged in found if merged not in family]
        family += fresh
    return family


def list_contacts(
    connection: Connection, sight: Visibility, wanted: ContactFilter, *, limit: int, cursor: str | None
) -> Page:
    """A page of at most `limit` contacts. Raises Invalid for a cursor that is not one of ours."""
    statement = _filtered(connection, sight, wanted)
    if wanted.sort == "id":
        return _page_by_id(connection, statement, limit, cursor)
    return _page_by_column(connection, statement, wanted.sort, limit, cursor)


def count_contacts(connection: Connection, sight: Visibility, wanted: ContactFilter) -> int:
    """How many contacts the filter finds."""
    found = _filtered(connection, sight, wanted).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def stream_contacts(storage: Storage, sight: Visibility, wanted: ContactFilter) -> Iterator[str]:
    """Every contact the filter finds, as insides of JSON arrays. No transaction stays open between the pieces."""
    cursor: str | None = None
    while True:
        with storage.read() as connection:
            page = list_contacts(connection, sight, wanted, limit=STREAM_PIECE, cursor=cursor)
        if page.items:
            yield page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _filtered(connection: Connection, sight: Visibility, wanted: ContactFilter) -> Select[Any]:
    conditions = [visible_records(sight, contacts.c.team_id), *_conditions(wanted)]
    if wanted.text and wanted.text.strip():
        conditions.append(contact_index.matches(connection.dialect.name, wanted.text))
    if wanted.phone_key is not None:
        conditions.append(contacts.c.id.in_(contact_index.ids_with_key(wanted.phone_key)))
    return select(contacts.c.id).where(*conditions)


def _conditions(wanted: ContactFilter) -> Iterator[ColumnElement[bool]]:
    yield contacts.c.archived_at.is_not(None) if wanted.archived else contacts.c.archived_at.is_(None)
    if wanted.status is not None:
        yield contacts.c.status == wanted.status
    if wanted.do_not_call is not None:
        yield contacts.c.do_not_call.is_(wanted.do_not_call)
    if wanted.campaign_id is not None:
        yield contacts.c.campaign_id == wanted.campaign_id
    if wanted.updated_since is not None:
        yield contacts.c.updated_at >= wanted.updated_since
    for column, value in ((contacts.c.team_id, wanted.team_id), (contacts.c.assigned_to, wanted.assigned_to)):
        if value is not None:
            yield column.is_(None) if value == 0 else column == value


def _page_by_id(connection: Connection, statement: Select[Any], limit: int, cursor: str | None) -> Page:
    """The common case in one fetch: the database joins the page and says where it ends."""
    after = _read_cursor(cursor, "id")
    if after is not None:
        statement = statement.where(contacts.c.id > after[1])
    rows = statement.add_columns(contacts.c.wire).order_by(contacts.c.id).limit(limit).subquery()
    joined = select(func.aggregate_strings(rows.c.wire, ","), func.count(), func.max(rows.c.id))
    items, count, last = connection.execute(joined).one()
    return Page(items or "", _write_cursor("id", None, last) if count == limit else None)


def _page_by_column(connection: Connection, statement: Select[Any], sort: str, limit: int, cursor: str | None) -> Page:
    column, down = _SORT_COLUMNS[sort.removeprefix("-")], sort.startswith("-")
    after = _read_cursor(cursor, sort)
    if after is not None:
        statement = statement.where(_beyond(column, after, down=down))
    order = (column.desc(), contacts.c.id.desc()) if down else (column.asc(), contacts.c.id.asc())
    ordered = statement.add_columns(column.label("sort_value")).order_by(*order).limit(limit)
    page = ordered.subquery()
    ends = connection.execute(ordered).all()
    if not ends:
        return Page("")
    outer = (page.c.sort_value.desc(), page.c.id.desc()) if down else (page.c.sort_value.asc(), page.c.id.asc())
    wires = select(contacts.c.wire).join(page, page.c.id == contacts.c.id).order_by(*outer)
    last = ends[-1]
    return Page(
        joined_text(connection, wires),
        _write_cursor(sort, None if column is contacts.c.id else last.sort_value, last.id)
        if len(ends) == limit
        else None,
    )


def _beyond(column: ColumnElement[Any], after: tuple[Any, int], *, down: bool) -> ColumnElement[bool]:
    value, contact_id = after
    if column is contacts.c.id:
        return contacts.c.id < contact_id if down else contacts.c.id > contact_id
    if down:
        return or_(column < value, and_(column == value, contacts.c.id < contact_id))
    return or_(column > value, and_(column == value, contacts.c.id > contact_id))


def _write_cursor(sort: str, value: str | int | None, contact_id: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, contact_id])).decode().rstrip("=")


def _read_cursor(cursor: str | None, sort: str) -> tuple[Any, int] | None:
    if cursor is None:
        return None
    try:
        made_for, value, contact_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None
    right_kind = value is None if sort.endswith("id") else isinstance(value, str if "name" in sort else int)
    if made_for != sort or not isinstance(contact_id, int) or not right_kind or not 0 <= contact_id < 2**63:
        raise _bad_cursor()
    return value, contact_id


def _bad_cursor() -> Invalid:
    return Invalid(
        "cursor_invalid",
        N_("This cursor is not from this list. Start again without a cursor."),
        fields={"field": "cursor"},
    )
