"""Reads contacts: one, a page by filters and words, or all of them as a stream. A page is JSON the database joined."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, CompoundSelect, Connection, Integer, Select, and_, bindparam, func, or_, select

from callmanager.domain.errors import Invalid, NotFound
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.log import visible_records
from callmanager.server.changes.present_locks import WIRE_WITH_LOCK
from callmanager.server.storage import contact_index
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.prepared import fetch_prepared
from callmanager.server.storage.tables import contacts
from callmanager.server.storage.types import Sortable, joined_bytes

STREAM_PIECE = 200
"""Rows: each list that nobody takes holds so many in memory, and an export holds them as objects."""

SORTS = ("id", "-id", "name", "-name", "updated_at", "-updated_at")
_SORT_COLUMNS = {"id": contacts.c.id, "name": contacts.c.name_key, "updated_at": contacts.c.seq}


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts are wanted; None means any. 0 means without a team or campaign, `assigned_to` 0 unassigned."""

    text: str | None = None
    phone_key: str | None = None
    status: str | None = None
    team_id: int | None = None
    campaign_id: int | None = None
    assigned_to: int | None = None
    phone_valid: bool | None = None
    do_not_call: bool | None = None
    archived: bool = False
    updated_since: datetime | None = None
    sort: str = "id"


SMALL_BYTES = 65_536
"""What is not larger is copied faster than it is sent in pieces."""


@dataclass(frozen=True, slots=True)
class Page:
    """Contacts as the inside of a JSON array, and the cursor of the next page when there is one."""

    items: bytes
    next_cursor: str | None = field(default=None)

    def json(self) -> list[bytes]:
        """The array, in pieces that need not be put together."""
        return [b"[", self.items, b"]"] if len(self.items) >= SMALL_BYTES else [b"[%b]" % self.items]


def get_contact(connection: Connection, sight: Visibility, contact_id: int) -> str:
    """One contact as JSON. Raises NotFound."""
    statement = select(WIRE_WITH_LOCK).where(contacts.c.id == contact_id, visible_records(sight, contacts.c.team_id))
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
    page = _Wanted(limit, cursor)
    if wanted.sort == "id":
        return _page_by_id(connection, sight, wanted, page)
    return _page_by_column(connection, _filtered(connection, sight, wanted), wanted, page)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which page: how many contacts after which."""

    limit: int
    cursor: str | None


def count_contacts(connection: Connection, sight: Visibility, wanted: ContactFilter) -> int:
    """How many contacts the filter finds."""
    found = _filtered(connection, sight, wanted).subquery()
    return int(connection.execute(select(func.count()).select_from(found), _values(wanted)).scalar_one())


def stream_contacts(storage: Storage, sight: Visibility, wanted: ContactFilter) -> Iterator[bytes]:
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
    """The ids of the contacts wanted; the values of the filters are bound by name (see _values)."""
    statement = _plain(sight, _given(wanted), wanted.archived)
    if _has_words(wanted):
        return statement.where(contacts.c.id.in_(_matching(connection, wanted)))
    return statement


def _has_words(wanted: ContactFilter) -> bool:
    return bool(wanted.text and wanted.text.strip())


def _matching(connection: Connection, wanted: ContactFilter) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    return contact_index.matching_ids(connection.dialect.name, wanted.text or "")


@lru_cache(maxsize=512)
def _plain(sight: Visibility, given: tuple[str, ...], archived: bool) -> Select[Any]:
    """Building a statement costs more than running it, so each shape of question is built once."""
    conditions = [visible_records(sight, contacts.c.team_id), *(_CONDITIONS[name]() for name in given)]
    conditions.append(contacts.c.archived_at.is_not(None) if archived else contacts.c.archived_at.is_(None))
    return select(contacts.c.id).where(*conditions)


def _given(wanted: ContactFilter) -> tuple[str, ...]:
    """The names of the filters that are used; `0` for a team, a campaign or a person asks for those without one."""
    names = []
    for name in _PLAIN:
        value = getattr(wanted, name)
        if value is not None:
            names.append(f"no_{name}" if value == 0 and f"no_{name}" in _CONDITIONS else name)
    return tuple(names)


def _values(wanted: ContactFilter) -> dict[str, Any]:
    return {f"with_{name}": value for name in _PLAIN if (value := getattr(wanted, name)) is not None}


_PLAIN = (
    "status",
    "team_id",
    "campaign_id",
    "assigned_to",
    "phone_valid",
    "do_not_call",
    "updated_since",
    "phone_key",
)
_CONDITIONS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "status": lambda: contacts.c.status == bindparam("with_status"),
    "team_id": lambda: contacts.c.team_id == bindparam("with_team_id"),
    "no_team_id": lambda: contacts.c.team_id.is_(None),
    "campaign_id": lambda: contacts.c.campaign_id == bindparam("with_campaign_id"),
    "no_campaign_id": lambda: contacts.c.campaign_id.is_(None),
    "assigned_to": lambda: contacts.c.assigned_to == bindparam("with_assigned_to"),
    "no_assigned_to": lambda: contacts.c.assigned_to.is_(None),
    "phone_valid": lambda: contacts.c.phone_valid == bindparam("with_phone_valid"),
    "do_not_call": lambda: contacts.c.do_not_call == bindparam("with_do_not_call"),
    "updated_since": lambda: contacts.c.updated_at >= bindparam("with_updated_since"),
    "phone_key": lambda: contacts.c.id.in_(contact_index.ids_on_line(bindparam("with_phone_key", type_=Sortable))),
}


def _page_by_id(connection: Connection, sight: Visibility, wanted: ContactFilter, page: _Wanted) -> Page:
    """The common case in one fetch: the database joins the page and says where it ends."""
    after = _read_cursor(page.cursor, "id")
    parameters = {**_values(wanted), "after": after[1] if after else 0, "page": page.limit}
    if _has_words(wanted):
        statement = _found_by_id(_plain(sight, _given(wanted), wanted.archived), _matching(connection, wanted))
        items, count, last = connection.execute(statement, parameters).one()
    else:
        statement = _plain_by_id(sight, _given(wanted), wanted.archived)
        items, count, last = fetch_prepared(connection, statement, parameters)
    return Page(items or b"", _write_cursor("id", None, last) if count == page.limit else None)


@lru_cache(maxsize=512)
def _plain_by_id(sight: Visibility, given: tuple[str, ...], archived: bool) -> Select[Any, Any, Any]:
    return _joined_by_id(_plain(sight, given, archived), contacts.c.id)


def _found_by_id(ids: Select[Any], matching: Select[tuple[int]] | CompoundSelect[tuple[int]]) -> Select[Any, Any, Any]:
    """The index is read by ids until the page is full; `+ 0` keeps SQLite from asking it contact by contact."""
    found = matching.subquery()
    return _joined_by_id(ids.join(found, contacts.c.id == found.c.contact_id + 0), found.c.contact_id)


def _joined_by_id(ids: Select[Any], in_order: ColumnElement[int]) -> Select[Any, Any, Any]:
    rows = ids.add_columns(WIRE_WITH_LOCK).where(in_order > bindparam("after"))
    page = rows.order_by(in_order).limit(bindparam("page", type_=Integer)).subquery()
    return select(joined_bytes(page.c.wire), func.count(), func.max(page.c.id))


def _page_by_column(connection: Connection, statement: Select[Any], wanted: ContactFilter, page: _Wanted) -> Page:
    sort = wanted.sort
    column, down = _SORT_COLUMNS[sort.removeprefix("-")], sort.startswith("-")
    after = _read_cursor(page.cursor, sort)
    if after is not None:
        statement = statement.where(_beyond(column, after, down=down))
    order = (column.desc(), contacts.c.id.desc()) if down else (column.asc(), contacts.c.id.asc())
    rows = statement.add_columns(column.label("sort_value"), WIRE_WITH_LOCK).order_by(*order).limit(page.limit)
    found = connection.execute(rows, _values(wanted)).all()
    items = ",".join(row.wire for row in found).encode()
    if len(found) < page.limit:
        return Page(items)
    last = found[-1]
    cursor = _write_cursor(sort, None if column is contacts.c.id else last.sort_value, last.id)
    return Page(items, cursor)


def _beyond(column: ColumnElement[Any], after: tuple[Any, int], *, down: bool) -> ColumnElement[bool]:
    value, contact_id = after
    if column is contacts.c.id:
        return contacts.c.id < contact_id if down else contacts.c.id > contact_id
    # so spelt, an index leads to the place instead of walking to it
    if down:
        return and_(column <= value, or_(column < value, contacts.c.id < contact_id))
    return and_(column >= value, or_(column > value, contacts.c.id > contact_id))


def _write_cursor(sort: str, value: str | int | None, contact_id: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, contact_id])).decode().rstrip("=")


def _read_cursor(cursor: str | None, sort: str) -> tuple[Any, int] | None:
    if cursor is None:
        return None
    try:
        held = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None
    if not isinstance(held, list) or len(held) != 3:
        raise _bad_cursor()
    made_for, value, contact_id = held
    right_value = value is None if sort.endswith("id") else _is_text(value) if "name" in sort else _is_number(value)
    if made_for != sort or not right_value or not _is_number(contact_id):
        raise _bad_cursor()
    return value, contact_id


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_number(value: object) -> bool:
    """Whether a database can hold it as a whole number; for Python, true is one too."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _bad_cursor() -> Invalid:
    return Invalid(
        "cursor_invalid",
        N_("This cursor is not from this list. Start again without a cursor."),
        fields={"field": "cursor"},
    )
