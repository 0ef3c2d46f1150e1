"""What a client must know: everything (snapshot), or what changed since a seq. One query serves both.

A page is one JSON document or, for a client that fills its copy (`as_rows`), lines: the same document without contacts,
an array of their rows (ROW_COLUMNS), then the JSON of each, without its lock. Every line has an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, case, cast, func, select, true

from callmanager.domain.contacts import ROW_COLUMNS
from callmanager.domain.errors import Gone
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import CAMPAIGN, CONTACT, DISPOSITION, ENTITIES, TEAM, USER, Entity
from callmanager.server.changes.log import Head, kind_by_no_index, left_sight, read_head, visible_records
from callmanager.server.changes.present_locks import WIRE_WITH_LOCK
from callmanager.server.storage.prepared import fetch_prepared, list_prepared
from callmanager.server.storage.tables import changes, contact_search, contacts
from callmanager.server.storage.types import json_row, select_joined, select_rows_and_lines

PAGE_LIMIT = 5_000

FED = (CONTACT, TEAM, CAMPAIGN, USER, DISPOSITION)
SCOPED = (CONTACT, CAMPAIGN)
"""Those that belong to a team; the others are everybody's to know."""
# Colleagues are known by name, role and team; the rest of a user is the administrators'.
_COLLEAGUE = ("id", "username", "role", "team_id", "active", "version", "seq")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose feed it is; `sight_seq` is when what he may see last changed."""

    sight: Visibility
    sight_seq: int


def read_snapshot(connection: Connection, viewer: Viewer, *, limit: int, as_rows: bool = False) -> bytes:
    """Everything the viewer may see, or its first `limit` records; `has_more` says to go on with changes since `to`."""
    return _page(connection, viewer, read_head(connection), since=0, limit=limit, as_rows=as_rows)


def read_changes(
    connection: Connection,
    viewer: Viewer,
    *,
    epoch: str,
    since: int,
    limit: int,
    sight_seq: int | None,
    as_rows: bool = False,
) -> bytes:
    """What changed after `since`. Raises Gone when the client must start from a snapshot.

    `sight_seq` is what the snapshot said under `sight`; without it a client whose position is older than its
    present sight is sent back to the start.
    """
    head = read_head(connection)
    same_sight = since >= viewer.sight_seq if sight_seq is None else sight_seq == viewer.sight_seq
    if epoch != head.epoch or since > head.seq or not same_sight:
        raise Gone(
            "snapshot_needed",
            N_("What this program remembers is of another time. It must load everything again."),
            fields={"epoch": head.epoch},
        )
    return _page(connection, viewer, head, since=since, limit=limit, as_rows=as_rows)


def _page(connection: Connection, viewer: Viewer, head: Head, *, since: int, limit: int, as_rows: bool) -> bytes:
    sight = viewer.sight
    to = _complete_to(connection, sight, head, since, limit)
    # what the program brought with it (dispositions) bears the seq 0 and comes with the first page, whatever its limit
    above = since or -1
    inside = [entity for entity in FED if not (as_rows and entity is CONTACT)]
    records = {entity.name: _read_living(connection, entity, sight, above, to) for entity in inside}
    deleted = {entity.name: _read_gone(connection, entity, sight, since, to) if since else [] for entity in FED}
    page = _encode(records, deleted, viewer, head, since=since, to=to)
    return b"\n".join((page, *_contact_lines(connection, sight, above, to), b"")) if as_rows else page


def _complete_to(connection: Connection, sight: Visibility, head: Head, since: int, limit: int) -> int:
    """The seq up to which a page of at most `limit` records of each kind holds everything."""
    to = head.seq
    for entity in FED:
        asked = {"since": since, "limit": limit}
        count, last = fetch_prepared(connection, _seqs(entity.name, sight, living_only=not since), asked)
        to = min(to, last) if count >= limit else to
    return to


@lru_cache(maxsize=512)
def _seqs(name: str, sight: Visibility, *, living_only: bool) -> Select[Any, Any]:
    """How many of the next `limit` records there are, and the seq of the last."""
    entity = ENTITIES[name]
    table = entity.table
    seqs = select(table.c.seq).where(table.c.seq > bindparam("since"), _visible(entity, sight)).order_by(table.c.seq)
    if living_only:
        seqs = seqs.where(table.c.archived_at.is_(None))
    page = seqs.limit(bindparam("limit", type_=Integer)).subquery()
    return select(func.count(), func.max(page.c.seq))


def _visible(entity: Entity, sight: Visibility) -> ColumnElement[bool]:
    return visible_records(sight, entity.table.c.team_id) if entity in SCOPED else true()


def _read_living(connection: Connection, entity: Entity, sight: Visibility, since: int, to: int) -> bytes:
    """The living records of a kind as the inside of a JSON array."""
    statement, span = _living(entity.name, sight), {"since": since, "to": to}
    if entity is CONTACT:
        return fetch_prepared(connection, statement, span)[0] or b""
    rows = list_prepared(connection, statement, span)
    return orjson.dumps([to_public(entity, row) for row in rows])[1:-1]


@lru_cache(maxsize=256)  # building a statement costs more than running it, and these are run after every commit
def _living(kind: str, sight: Visibility) -> Select[Any]:
    entity = ENTITIES[kind]
    table = entity.table
    statement = select(WIRE_WITH_LOCK if entity is CONTACT else table).where(_is_living(entity, sight))
    in_order = statement.order_by(table.c.seq)
    return select_joined(in_order) if entity is CONTACT else in_order


def _contact_lines(connection: Connection, sight: Visibility, since: int, to: int) -> list[bytes]:
    """The rows of the living contacts as one line, and their JSON as the others."""
    rows, lines = fetch_prepared(connection, _living_lines(sight), {"since": since, "to": to})
    return [b"[]"] if rows is None else [b"[%b]" % rows, lines]


@lru_cache(maxsize=256)
def _living_lines(sight: Visibility) -> Select[Any, Any]:
    return select_contact_lines(_is_living(CONTACT, sight))


def _is_living(entity: Entity, sight: Visibility) -> ColumnElement[bool]:
    table = entity.table
    return and_(within(table.c.seq), table.c.archived_at.is_(None), _visible(entity, sight))


def within(seq: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a seq lies after `since` and not after `to`."""
    return (seq > bindparam("since")) & (seq <= bindparam("to"))


def to_public(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """A record as everybody who may see it is told of it."""
    wire = entity.encode(row)
    return {name: wire[name] for name in _COLLEAGUE} if entity is USER else wire


def _read_gone(connection: Connection, entity: Entity, sight: Visibility, since: int, to: int) -> list[int]:
    """Tombstones: ids that were archived since, or moved to where this viewer cannot see them.

    Costs what was archived and moved since, however many changes the log holds and however many came since.
    """
    span = {"since": since, "to": to}
    rows = list_prepared(connection, _archived(entity.name, sight), span)
    if entity in SCOPED and not sight.every_team:
        rows += list_prepared(connection, _moved(entity.name, sight), span)
    return sorted({row["id"] for row in rows})


@lru_cache(maxsize=256)
def _archived(kind: str, sight: Visibility) -> Select[Any]:
    table = ENTITIES[kind].table
    return select(table.c.id).where(
        within(table.c.seq), table.c.archived_at.is_not(None), _visible(ENTITIES[kind], sight)
    )


@lru_cache(maxsize=256)
def _moved(kind: str, sight: Visibility) -> Select[Any]:
    table = ENTITIES[kind].table
    of_kind = kind_by_no_index == kind
    return (
        select(changes.c.record_id.label("id"))
        .join(table, table.c.id == changes.c.record_id)
        .where(within(changes.c.seq), left_sight(sight), of_kind, ~_visible(ENTITIES[kind], sight))
    )


def _encode(
    records: dict[str, bytes], deleted: dict[str, list[int]], viewer: Viewer, head: Head, *, since: int, to: int
) -> bytes:
    lists = b",".join(b'"%b":[%b]' % (name.encode(), items) for name, items in records.items())
    envelope = {"epoch": head.epoch, "sight": viewer.sight_seq, "from": since, "to": to, "has_more": to < head.seq}
    envelope |= {"head": {"seq": head.seq, "hash": head.hash}, "deleted": deleted}
    return b"".join((orjson.dumps(envelope)[:-1], b',"records":{', lists, b"}}"))


# Made inside the database, so that nobody parses the JSON of a contact on its way (docs/decisions/0095).
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
