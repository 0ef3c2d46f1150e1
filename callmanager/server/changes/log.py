"""Reads the log as it stands: rows, the head, the epoch, and the changes of one record. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, false, literal, or_, select, true

from callmanager.domain.changes import EVERYONE, team_scope
from callmanager.domain.permissions import Visibility
from callmanager.server.storage.prepared import fetch_prepared
from callmanager.server.storage.tables import changes, log_head, meta

PIECE = 5_000
LOOK_BACK = 5_000
"""How many rows a page of what happened looks at, at most. What is asked for may lie sparsely, or nowhere: no page
walks through years to find that out; it says where to go on."""

kind_by_no_index = changes.c.entity.concat("")
"""The kind of a change, for a condition by which SQLite must not enter: it would read every change of a kind there ever
was, where the span or the scope that is asked for is the shorter way."""

ChangeRow = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands."""

    epoch: str
    seq: int
    hash: str


def read_head(connection: Connection) -> Head:
    """The lineage of the database and the last change of it."""
    epoch, seq, digest = fetch_prepared(connection, _HEAD, {})
    return Head(epoch, seq, digest)


_EPOCH = select(meta.c.value).where(meta.c.key == "epoch").scalar_subquery()
_HEAD = select(_EPOCH, log_head.c.seq, log_head.c.hash)


def rows_from(connection: Connection, seq: int) -> Iterator[Sequence[Any]]:
    """Every row after `seq` in order, fetched in pieces so that memory does not grow with the log."""
    while True:
        statement = select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(PIECE)
        piece = connection.execute(statement).all()
        yield from piece
        if len(piece) < PIECE:
            return
        seq = piece[-1].seq


def change_to_wire(row: ChangeRow) -> dict[str, Any]:
    """A change as protocol.md fixes it."""
    return {
        "seq": row["seq"],
        "set_id": row["set_id"],
        "at": row["at"],
        "actor": {"id": row["actor_id"], "name": row["actor_name"]},
        "origin": row["origin"],
        "origin_id": row["origin_id"],
        "entity": row["entity"],
        "record_id": row["record_id"],
        "kind": row["kind"],
        "fields": orjson.loads(row["fields"]),
    }


def visible_changes(sight: Visibility) -> ColumnElement[bool]:
    """The condition that a change may be seen: by the scope it bore when it was written (`Visibility.covers`)."""
    if sight.everything:
        return true()
    if sight.every_team:
        return changes.c.scope != "admins"
    scopes = [EVERYONE] if sight.team_id is None else [EVERYONE, team_scope(sight.team_id)]
    return changes.c.scope.in_(scopes)


def visible_records(sight: Visibility, team_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The condition that a record of the team in `team_id` may be seen."""
    if sight.every_team:
        return true()
    if sight.team_id is None:
        return team_id.is_(None)
    return or_(team_id.is_(None), team_id == sight.team_id)


def left_sight(sight: Visibility) -> ColumnElement[bool]:
    """The condition that a change took its record out of a scope that could be seen."""
    if sight.every_team:
        return false()
    scopes = [EVERYONE] if sight.team_id is None else [EVERYONE, team_scope(sight.team_id)]
    return changes.c.scope_before.in_([literal(scope) for scope in scopes])  # a fixed list can be prepared
