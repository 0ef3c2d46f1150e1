"""Reads from the log what each audience is told after commits. Says the same as the feed; sends and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, or_, select

from callmanager.domain.permissions import Visibility
from callmanager.server.changes.feed import FED, read_gone, read_living
from callmanager.server.changes.log import ChangeRow, change_to_wire, read_head
from callmanager.server.storage.prepared import list_prepared
from callmanager.server.storage.tables import api_keys, changes, sessions

MOST_CHANGES = 1_000
MOST_BYTES = 262_144

_BEHIND = b',"behind":true}'
_EMPTY = b',"changes":[],"records":{},"deleted":{}}'


@dataclass(frozen=True, slots=True)
class Audience:
    """All who are told the same: what they may see, and of which kinds of record (None: of all)."""

    sight: Visibility
    kinds: frozenset[str] | None = None

    def hears(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds


class Span(NamedTuple):
    """What a message covers: everything after `prev` up to `seq`."""

    epoch: str
    prev: int
    seq: int


@dataclass(frozen=True, slots=True)
class News:
    """What happened after `prev` up to `seq`, as JSON for each audience.

    `rescoped` names the contacts that changed their scope, `affected` the users whose rights may be other than before.
    """

    epoch: str
    prev: int
    seq: int
    payloads: dict[Audience, bytes] = field(default_factory=dict)
    rescoped: dict[int, str] = field(default_factory=dict)
    affected: frozenset[int] = frozenset()


def audience_of(sight: Visibility, kinds: frozenset[str] | None = None) -> Audience:
    """The audience of somebody who sees this much: a manager's own team makes no difference to what he is told."""
    return Audience(Visibility(sight.everything, sight.every_team, None if sight.every_team else sight.team_id), kinds)


def read_news(
    connection: Connection, audiences: Collection[Audience], *, since: int, most_changes: int = MOST_CHANGES
) -> News:
    """What the log holds after `since`. Far behind (an import), nothing but the positions: clients pull the feed."""
    head = read_head(connection)
    span = Span(head.epoch, since, head.seq)
    behind = head.seq - since > most_changes
    if head.seq == since:
        return News(head.epoch, since, head.seq)
    affected = _read_affected(connection, since, head.seq)
    if behind:
        payload = _positions(span) + _BEHIND
        return News(head.epoch, since, head.seq, dict.fromkeys(audiences, payload), affected=affected)
    rows = _read_rows(connection, since, head.seq)
    payloads = {audience: _bounded(connection, audience, rows, span) for audience in audiences}
    rescoped = {row["record_id"]: row["scope"] for row in rows if row["scope_before"] and row["entity"] == "contact"}
    return News(head.epoch, since, head.seq, payloads, rescoped, affected)


def read_piece(connection: Connection, audience: Audience, *, since: int, to: int) -> bytes:
    """The changes after `since` up to `to`, for one who catches up piece by piece."""
    epoch = read_head(connection).epoch
    return _payload(connection, audience, _read_rows(connection, since, to), Span(epoch, since, to))


def is_behind(payload: bytes) -> bool:
    """Whether a message says to pull instead of what happened."""
    return payload.endswith(_BEHIND)


def is_empty(payload: bytes) -> bool:
    """Whether a message moves the position and nothing else."""
    return payload.endswith(_EMPTY)


def _read_rows(connection: Connection, since: int, to: int) -> Sequence[ChangeRow]:
    return list_prepared(connection, _ROWS, {"since": since, "to": to})


_ROWS = (
    select(changes).where(changes.c.seq > bindparam("since"), changes.c.seq <= bindparam("to")).order_by(changes.c.seq)
)
_AFFECTED = (
    select(changes.c.entity, changes.c.record_id)
    .where(changes.c.seq > bindparam("since"), changes.c.seq <= bindparam("to"), changes.c.kind != "created")
    .where(or_(changes.c.entity == "user", changes.c.entity == "session", changes.c.entity == "api_key"))
)


def _bounded(connection: Connection, audience: Audience, rows: Sequence[ChangeRow], span: Span) -> bytes:
    """One message; too large a one would only fill everybody's queue, so the client is told to pull instead."""
    payload = _payload(connection, audience, rows, span)
    return payload if len(payload) <= MOST_BYTES else _positions(span) + _BEHIND


def _payload(connection: Connection, audience: Audience, rows: Sequence[ChangeRow], span: Span) -> bytes:
    sight, since, to = audience.sight, span.prev, span.seq
    heard = [row for row in rows if audience.hears(row["entity"])]
    lines = b",".join(orjson.dumps(change_to_wire(row)) for row in heard if sight.covers(row["scope"]))
    touched = {row["entity"] for row in heard}
    fed = [entity for entity in FED if entity.name in touched]
    living = {entity.name: read_living(connection, entity, sight, since, to) for entity in fed}
    gone = {entity.name: read_gone(connection, entity, sight, since, to) for entity in fed}
    records = b",".join(b'"%b":[%b]' % (name.encode(), items) for name, items in living.items() if items)
    deleted = orjson.dumps({name: ids for name, ids in gone.items() if ids})
    head = _positions(span)
    return b"".join((head, b',"changes":[', lines, b'],"records":{', records, b'},"deleted":', deleted, b"}"))


def _positions(span: Span) -> bytes:
    return orjson.dumps({"epoch": span.epoch, "prev": span.prev, "seq": span.seq})[:-1]


def _read_affected(connection: Connection, since: int, to: int) -> frozenset[int]:
    """Users whose account, session or key was changed: what they are allowed must be looked at again."""
    found: dict[str, set[int]] = {"user": set(), "session": set(), "api_key": set()}
    for row in list_prepared(connection, _AFFECTED, {"since": since, "to": to}):
        found[row["entity"]].add(row["record_id"])
    users = set(found["user"])
    for table, ids in ((sessions, found["session"]), (api_keys, found["api_key"])):
        if ids:
            users.update(connection.execute(select(table.c.user_id).where(table.c.id.in_(ids))).scalars())
    return frozenset(users)
