"""The one door for writes: one transaction, one actor, one instant, one change set; announced after commit only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, Select, Update, bindparam, func, select, update

from callmanager.domain.changes import CREATED, DELETED, RESTORED, UPDATED, chain_hash
from callmanager.domain.clock import Clock, from_wire, to_wire
from callmanager.domain.errors import Conflict, NotFound
from callmanager.domain.people import SYSTEM, Actor
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import ENTITIES, Entity, Row
from callmanager.server.clocks import taking_leap
from callmanager.server.logs import get_log
from callmanager.server.pace import Pace
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.prepared import (
    fetch_prepared,
    find_prepared,
    insert_rows,
    plain,
    run_many_prepared,
    run_prepared,
)
from callmanager.server.storage.tables import changes, log_head

_log = get_log("changes")
_STEP = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in this transaction."""

    entity: Entity
    row: Row

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def version(self) -> int:
        return int(self.row["version"])

    def __getitem__(self, name: str) -> Any:
        return self.row[name]


@dataclass(frozen=True, slots=True)
class Committed:
    """What listeners are told once a change set is durable."""

    set_id: int
    seq_from: int
    seq_to: int
    entities: frozenset[str]


Listener = Callable[[Committed], None]
OnLeap = Callable[["Transaction", timedelta], None]
"""What is to be done before the next change when the clock of the PC was set (docs/decisions/0098)."""
Edit = tuple[Record, Mapping[str, Any], str]
"""A record, what is to be set on it, and the kind of change that makes."""


class Guard(Protocol):
    """Whoever knows which records may not be changed now, because somebody works on them."""

    def check(self, tx: Transaction, edits: Sequence[Edit]) -> None:
        """Asked before records are changed; it raises to refuse."""
        ...

    def held_by_others(self, connection: Connection, actor: Actor) -> frozenset[int]:
        """The contacts that it would refuse to this actor."""
        ...


class OpenGuard:
    """Refuses nothing: for a log without leases."""

    def check(self, tx: Transaction, edits: Sequence[Edit]) -> None:
        del tx, edits

    def held_by_others(self, connection: Connection, actor: Actor) -> frozenset[int]:
        del connection, actor
        return frozenset()


class ChangeLog:
    """Opens transactions on the log and tells its listeners what was committed."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        guard: Guard | None = None,
        *,
        pace: Pace | None = None,
        on_leap: OnLeap | None = None,
    ) -> None:
        self.storage = storage
        self.clock = clock
        self.guard = guard or OpenGuard()
        self.pace = pace or Pace()
        self._on_leap = on_leap
        self._listeners: list[Listener] = []

    def on_commit(self, listener: Listener) -> None:
        """Call `listener` after each commit, in the thread that made it: it must be quick.

        The change is saved by then. A listener that raises is logged, the others are told all the same, and whoever
        wrote hears nothing of it.
        """
        self._listeners.append(listener)

    @contextmanager
    def write(
        self, actor: Actor, origin: str, *, origin_id: int | None = None, bulk: bool = False
    ) -> Iterator[Transaction]:
        """One change set by `actor`. Leaving the block makes it durable; raising in it leaves no trace."""
        with taking_leap(self.clock) as take_leap, self.storage.write(bulk=bulk) as connection:
            now = self.clock.now()
            moved = self._follow_clock(connection, now, take_leap())
            tx = Transaction(connection, actor, origin, origin_id, now=now, guard=self.guard)
            yield tx
            tx.finish()
        for done in (*moved, tx):
            self._announce(done)

    def _follow_clock(self, connection: Connection, now: datetime, leap: timedelta) -> list[Transaction]:
        """In the transaction that is the first to see the leap: before it, nothing is judged by the new time."""
        if not leap or self._on_leap is None:
            return []
        tx = Transaction(connection, SYSTEM, "job", None, now=now, guard=self.guard)
        self._on_leap(tx, leap)
        tx.finish()
        return [tx]

    def _announce(self, tx: Transaction) -> None:
        committed = tx.committed()
        told: list[Callable[[], None]] = []
        if committed is not None:
            told += [partial(listener, committed) for listener in self._listeners]
        for tell in (*told, *tx.afterwards):
            try:
                tell()
            except Exception:  # noqa: BLE001 - what is saved must not be reported as failed
                _log.exception("listener_failed", set_id=tx.set_id)


class Transaction:
    """What an action works with. Every method that writes a row also records its change.

    `now` is the present, for every rule; `at` the stamp of the set and its records, never behind that of the last set.
    """

    def __init__(
        self,
        connection: Connection,
        actor: Actor,
        origin: str,
        origin_id: int | None,
        *,
        now: datetime,
        guard: Guard,
    ) -> None:
        self.connection, self.actor = connection, actor
        self.lease_tokens: dict[int, int] = {}
        self.facts: set[int] = set()
        self.afterwards: list[Callable[[], None]] = []
        self._guard = guard
        self._origin = (origin, origin_id)
        seq, set_id, at, self._hash = fetch_prepared(connection, _HEAD, {})
        self._first: int = seq
        self._seq: int = seq
        self.set_id: int = set_id + 1
        self.now, last = from_wire(to_wire(now)), from_wire(at)  # to the millisecond they are stored with
        self.at = self.now if self.now >= last else last + _STEP
        self._pending: list[Row] = []
        self._next_ids: dict[str, int] = {}
        self._versions: dict[tuple[str, int], int] = {}
        self._broken = False

    @property
    def next_seq(self) -> int:
        """The number that the next change of this set will have."""
        return int(self._seq) + 1

    def bear_lease(self, contact_id: int, token: int | None) -> None:
        """Write the contact under this lease, which must be good then; None: under whatever the caller holds."""
        if token is not None:
            self.lease_tokens[contact_id] = token

    def check_writable(self, record: Record) -> None:
        """Raises what an edit of the record would be refused with, because somebody else works on it."""
        self._guard.check(self, [(record, {"id": record.id}, UPDATED)])

    def bear_fact(self, contact_id: int) -> None:
        """What is written of the contact has happened (a call was made), whoever works on it now: nobody refuses it."""
        self.facts.add(contact_id)

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call `tell` once all this is durable, like a listener of the log; never when it is not."""
        self.afterwards.append(tell)

    def get(self, entity: Entity, record_id: int, *, version: int | None = None) -> Record:
        """The record. Raises NotFound, or Conflict when it is not at `version`."""
        record = self.find(entity, record_id)
        if record is None:
            raise NotFound(
                f"{entity.name}_not_found",
                N_("It does not exist, or you may not see it. Reload the list."),
                fields={"entity": entity.name, "id": record_id},
            )
        if version is not None and record.version != version:
            raise Conflict(
                "version_conflict",
                N_("Somebody changed this in the meantime. Load it again and repeat your change."),
                fields={"version": record.version},
            )
        return record

    def find(self, entity: Entity, record_id: int) -> Record | None:
        """The record, or None."""
        row = find_prepared(self.connection, _by_id(entity.name), {"b_id": record_id})
        return None if row is None else Record(entity, row)

    def first(self, entity: Entity, statement: Select[Any]) -> Record | None:
        """The first record of a select over the entity's table, or None."""
        row = self.connection.execute(statement).mappings().first()
        return None if row is None else Record(entity, plain(row))

    def insert(self, entity: Entity, values: Mapping[str, Any]) -> Record:
        """Make one record; columns that are not given take their empty value."""
        return self.insert_many(entity, [values])[0]

    def insert_many(self, entity: Entity, rows: Sequence[Mapping[str, Any]]) -> list[Record]:
        """Make many records of one kind."""
        with self._whole():
            records = [Record(entity, self._new_row(entity, values)) for values in rows]
            complete = [record.row for record in records]
            if complete:
                insert_rows(self.connection, entity.table, complete)
                if entity.index is not None:
                    entity.index.created(self.connection, complete)
        return records

    def update(self, record: Record, /, **fields: Any) -> Record:
        """Set `fields`; what does not change is not written, and when nothing does, nothing is."""
        return self.update_many([(record, fields)])[0]

    def update_many(self, edits: Sequence[tuple[Record, Mapping[str, Any]]]) -> list[Record]:
        """Set fields of several records of one kind; the answer is in the same order."""
        return self._rewrite([(record, fields, UPDATED) for record, fields in edits])

    def delete(self, record: Record, /, **fields: Any) -> Record:
        """Archive the record; it stays as a tombstone. A deleted one is left as it is."""
        if record["archived_at"] is not None:
            return record
        return self._rewrite([(record, {**fields, "archived_at": self.at}, DELETED)])[0]

    def restore(self, record: Record, /, **fields: Any) -> Record:
        """Bring an archived record back. A living one is left as it is."""
        if record["archived_at"] is None:
            return record
        return self._rewrite([(record, {**fields, "archived_at": None}, RESTORED)])[0]

    def finish(self) -> None:
        """Write the changes and the head. Called once, by the door."""
        if self._broken:
            raise RuntimeError("a write failed in this transaction and its error was swallowed")
        if self._pending:
            insert_rows(self.connection, changes, self._pending)
            head = {"seq": self._seq, "set_id": self.set_id, "at": to_wire(self.at), "hash": self._hash}
            run_prepared(self.connection, _SET_HEAD, head)

    def committed(self) -> Committed | None:
        """What to announce; None when nothing changed."""
        if not self._pending:
            return None
        touched = frozenset(row["entity"] for row in self._pending)
        return Committed(self.set_id, self._first + 1, self._seq, touched)

    def _new_row(self, entity: Entity, values: Mapping[str, Any]) -> Row:
        row = {**entity.blank(), **values}
        row.update(id=self._next_id(entity), version=1, created_at=self.at, updated_at=self.at)
        row["seq"] = self._seq + 1
        entity.derive(row)
        logged = {name: [None, entity.to_log(row[name])] for name in entity.logged if row[name] != entity.empty[name]}
        self._append(entity, row, CREATED, logged, None)
        return row

    def _rewrite(self, edits: Sequence[Edit]) -> list[Record]:
        self._guard.check(self, edits)
        answer, pairs = [], []
        with self._whole():
            for record, fields, kind in edits:
                after = self._changed_row(record, fields, kind)
                answer.append(record if after is None else Record(record.entity, after))
                if after is not None:
                    pairs.append((record.row, after))
            if pairs:
                self._store(edits[0][0].entity, pairs)
        return answer

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Rows and changes are written together or not at all: whoever swallows a failure in here cannot commit."""
        try:
            yield
        except BaseException:
            self._broken = True
            raise

    def _changed_row(self, record: Record, fields: Mapping[str, Any], kind: str) -> Row | None:
        entity, before = record.entity, record.row
        changed = {name: value for name, value in fields.items() if before[name] != value}
        if not changed:
            return None
        if self._versions.get((entity.name, record.id), record.version) != record.version:
            raise RuntimeError(f"{entity.name} {record.id} was changed earlier in this transaction: use that answer")
        after = {**before, **changed, "version": before["version"] + 1, "seq": self._seq + 1, "updated_at": self.at}
        entity.derive(after)
        logged = {
            name: [entity.to_log(before[name]), entity.to_log(value)]
            for name, value in changed.items()
            if name in entity.logged
        }
        self._append(entity, after, kind, logged, before)
        return after

    def _store(self, entity: Entity, pairs: list[tuple[Row, Row]]) -> None:
        if len(pairs) == 1:
            before, after = pairs[0]
            changed = {name: value for name, value in after.items() if before[name] != value}
            values = {f"b_{name}": value for name, value in changed.items()}
            run_prepared(self.connection, _set_columns(entity.name, tuple(changed)), {"b_id": after["id"], **values})
        else:
            names = tuple(name for name in entity.empty if name not in ("id", "created_at"))
            rows = [{f"b_{name}": value for name, value in after.items()} for _before, after in pairs]
            run_many_prepared(self.connection, _set_columns(entity.name, names), rows)
        if entity.index is not None:
            entity.index.updated(self.connection, pairs)

    def _append(self, entity: Entity, row: Row, kind: str, fields: dict[str, Any], before: Row | None) -> None:
        self._seq += 1
        self._versions[entity.name, row["id"]] = row["version"]
        scope = entity.scope(row)
        old_scope = scope if before is None else entity.scope(before)
        origin, origin_id = self._origin
        values: tuple[Any, ...] = (
            self._seq,
            self.set_id,
            to_wire(self.at),
            self.actor.id,
            self.actor.name,
            origin,
            origin_id,
            entity.name,
            row["id"],
            kind,
            orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode(),
            scope,
            old_scope if old_scope != scope else None,
        )
        self._hash = chain_hash(self._hash, values)
        self._pending.append(dict(zip(_CHANGE_COLUMNS, (*values, self._hash), strict=True)))

    def _next_id(self, entity: Entity) -> int:
        """The next free id. Records are never erased and writers are ordered, so the highest plus one is free."""
        found = self._next_ids.get(entity.name)
        if found is None:
            found = fetch_prepared(self.connection, _highest_id(entity.name), {})[0] + 1
        self._next_ids[entity.name] = found + 1
        return found


@lru_cache(maxsize=64)
def _by_id(entity: str) -> Select[Any]:
    """Building a statement costs more than running it, so each is built once."""
    table = ENTITIES[entity].table
    return select(table).where(table.c.id == bindparam("b_id"))


@lru_cache(maxsize=64)
def _highest_id(entity: str) -> Select[Any]:
    return select(func.coalesce(func.max(ENTITIES[entity].table.c.id), 0))


@lru_cache(maxsize=512)
def _set_columns(entity: str, names: tuple[str, ...]) -> Update:
    table = ENTITIES[entity].table
    values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names}
    return update(table).where(table.c.id == bindparam("b_id")).values(values)


_CHANGE_COLUMNS = tuple(column.name for column in changes.columns)
_HEAD = select(log_head.c.seq, log_head.c.set_id, log_head.c.at, log_head.c.hash)
_SET_HEAD = update(log_head).values({name: bindparam(name) for name in ("seq", "set_id", "at", "hash")})
