"""Reads from the log what each audience is told after commits. Says the same as the feed; sends and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, literal, select

from callmanager.domain.changes import CREATED, EVERYONE, team_scope
from callmanager.domain.permissions import Visibility
from callmanager.server.changes.entities import CONTACT, ENTITIES, Entity
from callmanager.server.changes.feed import FED, SCOPED, to_public, within
from callmanager.server.changes.log import ChangeRow, change_to_wire, kind_by_no_index, read_head
from callmanager.server.changes.present_locks import WIRE_WITH_LOCK
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


class SeqSpan(NamedTuple):
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
    span = SeqSpan(head.epoch, since, head.seq)
    if head.seq == since:
        return News(head.epoch, since, head.seq)
    if head.seq - since > most_changes:
        payload = _positions(span) + _BEHIND
        affected = _read_affected(connection, list_prepared(connection, _PEOPLE, {"since": since, "to": head.seq}))
        return News(head.epoch, since, head.seq, dict.fromkeys(audiences, payload), affected=affected)
    found = Round(connection, span)
    payloads = {audience: _bounded(found, audience) for audience in audiences}
    return News(head.epoch, since, head.seq, payloads, found.rescoped(), _read_affected(connection, found.rows))


def read_piece(connection: Connection, audience: Audience, *, since: int, to: int) -> bytes:
    """The changes after `since` up to `to`, for one who catches up piece by piece."""
    return Round(connection, SeqSpan(read_head(connection).epoch, since, to)).payload(audience)


def is_behind(payload: bytes) -> bool:
    """Whether a message says to pull instead of what happened."""
    return payload.endswith(_BEHIND)


def is_empty(payload: bytes) -> bool:
    """Whether a message moves the position and nothing else."""
    return payload.endswith(_EMPTY)


class _Record(NamedTuple):
    """A record as it stands after its last change: who may see it, and what they are told of it."""

    id: int
    scope: str
    is_archived: bool
    wire: bytes


class Round:
    """What happened in a span, read once: what it costs depends on the span alone, and an audience that nothing of it
    concerns costs next to nothing, however many there are.
    """

    def __init__(self, connection: Connection, span: SeqSpan) -> None:
        self.rows = list_prepared(connection, _ROWS, {"since": span.prev, "to": span.seq})
        touched = {row["entity"] for row in self.rows}
        self._records = {e.name: _read_records(connection, e, span) for e in FED if e.name in touched}
        self._lines = [(row["entity"], row["scope"], orjson.dumps(change_to_wire(row))) for row in self.rows]
        self._moved = _find_moved(self.rows)
        self._head = _positions(span)
        self._nothing = self._head + _EMPTY
        scopes = {scope for row in self.rows for scope in (row["scope"], row["scope_before"]) if scope is not None}
        self._scopes = scopes | {record.scope for records in self._records.values() for record in records}

    @property
    def positions(self) -> bytes:
        """The beginning of every message."""
        return self._head

    def rescoped(self) -> dict[int, str]:
        """The contacts that changed their scope, and the scope they have now."""
        return {number: moved.scope for number, moved in self._moved["contact"].items()}

    def payload(self, audience: Audience) -> bytes:
        """The message for an audience."""
        sight = audience.sight
        if not any(sight.covers(scope) for scope in self._scopes):
            return self._nothing
        lines = [line for kind, scope, line in self._lines if audience.hears(kind) and sight.covers(scope)]
        living, gone = [], {}
        for kind, records in self._records.items():
            if audience.hears(kind):
                seen = [record for record in records if sight.covers(record.scope)]
                if items := [record.wire for record in seen if not record.is_archived]:
                    living.append(b'"%b":[%b]' % (kind.encode(), b",".join(items)))
                if ids := self._left(kind, sight) | {record.id for record in seen if record.is_archived}:
                    gone[kind] = sorted(ids)
        told = (b',"changes":[', b",".join(lines), b'],"records":{', b",".join(living))
        return b"".join((self._head, *told, b'},"deleted":', orjson.dumps(gone), b"}"))

    def _left(self, kind: str, sight: Visibility) -> set[int]:
        """The records that this sight covered and covers no more."""
        moved = self._moved.get(kind, {}).items()
        return {number for number, m in moved if not sight.covers(m.scope) and any(map(sight.covers, m.before))}


class _Moved(NamedTuple):
    """The scope that a record has by now, and those that it has left."""

    scope: str
    before: frozenset[str]


def _find_moved(rows: Sequence[ChangeRow]) -> dict[str, dict[int, _Moved]]:
    """By kind and id, the records that changed their scope."""
    found: dict[str, dict[int, _Moved]] = {entity.name: {} for entity in SCOPED}
    for row in rows:
        if row["scope_before"] is not None and row["entity"] in found:
            moved = found[row["entity"]]
            before = moved[row["record_id"]].before if row["record_id"] in moved else frozenset[str]()
            moved[row["record_id"]] = _Moved(row["scope"], before | {row["scope_before"]})
    return found


def _read_records(connection: Connection, entity: Entity, span: SeqSpan) -> list[_Record]:
    """The records of a kind whose last change is in the span, in the order of those changes."""
    rows = list_prepared(connection, _records(entity.name), {"since": span.prev, "to": span.seq})
    return [
        _Record(
            row["id"],
            team_scope(row["team_id"]) if entity in SCOPED else EVERYONE,
            row["archived_at"] is not None,
            row["wire"].encode() if entity is CONTACT else orjson.dumps(to_public(entity, row)),
        )
        for row in rows
    ]


@cache
def _records(kind: str) -> Select[Any]:
    table = ENTITIES[kind].table
    columns = [table.c.id, table.c.team_id, table.c.archived_at, WIRE_WITH_LOCK] if kind == CONTACT.name else [table]
    return select(*columns).where(within(table.c.seq)).order_by(table.c.seq)


_ROWS = select(changes).where(within(changes.c.seq)).order_by(changes.c.seq)
_ACCOUNTS = ("user", "session", "api_key")
_PEOPLE = select(changes.c.entity, changes.c.record_id, changes.c.kind).where(
    within(changes.c.seq), kind_by_no_index.in_([literal(kind) for kind in _ACCOUNTS])
)


def _bounded(found: Round, audience: Audience) -> bytes:
    """One message; too large a one would only fill everybody's queue, so the client is told to pull instead."""
    payload = found.payload(audience)
    return payload if len(payload) <= MOST_BYTES else found.positions + _BEHIND


def _positions(span: SeqSpan) -> bytes:
    return orjson.dumps({"epoch": span.epoch, "prev": span.prev, "seq": span.seq})[:-1]


def _read_affected(connection: Connection, rows: Sequence[ChangeRow]) -> frozenset[int]:
    """Users whose account, session or key was changed: what they are allowed must be looked at again."""
    found: dict[str, set[int]] = {kind: set() for kind in _ACCOUNTS}
    for row in rows:
        if row["entity"] in found and row["kind"] != CREATED:
            found[row["entity"]].add(row["record_id"])
    users = set(found["user"])
    for table, ids in ((sessions, found["session"]), (api_keys, found["api_key"])):
        if ids:
            users.update(connection.execute(select(table.c.user_id).where(table.c.id.in_(ids))).scalars())
    return frozenset(users)
