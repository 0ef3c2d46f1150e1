"""What happened: the changes of one record, or of many, newest first. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import ENTITIES
from callmanager.server.changes.log import LOOK_BACK, change_to_wire, kind_by_no_index, read_head, visible_changes
from callmanager.server.storage.tables import changes

_NO_END = 2**62


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted; None means any."""

    entity: str | None = None
    record_id: int | None = None
    actor_id: int | None = None
    set_id: int | None = None
    since_seq: int | None = None
    since_at: datetime | None = None


def list_record_history(
    connection: Connection,
    sight: Visibility,
    entity: str,
    record_ids: Sequence[int],
    *,
    before_seq: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The changes of one record (and of those merged into it) that may be seen, newest first."""
    statement = _changes_in(sight).where(changes.c.entity == entity, changes.c.record_id.in_(record_ids))
    return _newest_first(connection, statement, before_seq, limit)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines, newest first. `next_cursor` is where to go on, also when the page is not full; None: there is no more."""

    lines: list[dict[str, Any]]
    next_cursor: int | None


def list_changes(
    connection: Connection, sight: Visibility, wanted: ChangeFilter, *, before_seq: int | None, limit: int
) -> LogPage:
    """The changes that may be seen, newest first, of the next LOOK_BACK of those that an index names."""
    before = min(before_seq or _NO_END, read_head(connection).seq + 1)
    lowest = max(wanted.since_seq or 0, _last_before(connection, wanted.since_at, before) if wanted.since_at else 0)
    named = _named(wanted)
    floor = max(lowest, _reach(connection, named, before))
    statement = _changes_in(sight).where(*named, changes.c.seq > floor)
    if wanted.entity is not None:
        statement = statement.where(kind_by_no_index == wanted.entity)
    lines = _newest_first(connection, statement, before, limit)
    if len(lines) == limit:
        return LogPage(lines, lines[-1]["seq"])
    return LogPage(lines, floor + 1 if floor > lowest else None)


def _named(wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    """The conditions that an index answers in the order of the log: one set, one record, or one person."""
    if wanted.set_id is not None:
        named = [changes.c.set_id == wanted.set_id]
    elif wanted.record_id is not None:
        kinds = [wanted.entity] if wanted.entity is not None else sorted(ENTITIES)
        named = [changes.c.entity.in_(kinds)]
    else:
        named = []
    if wanted.record_id is not None:
        named.append(changes.c.record_id == wanted.record_id)
    if wanted.actor_id is not None:
        named.append(changes.c.actor_id == wanted.actor_id)
    return named


def _reach(connection: Connection, named: Sequence[ColumnElement[bool]], before: int) -> int:
    """The seq down to which, and without it, a page looks; 0 when that is the beginning of the log."""
    if not named:
        return max(before - 1 - LOOK_BACK, 0)
    looked = select(changes.c.seq).where(*named, changes.c.seq < before).order_by(changes.c.seq.desc())
    found = connection.execute(looked.offset(LOOK_BACK).limit(1)).scalar()
    return 0 if found is None else int(found)


def _last_before(connection: Connection, at: datetime, before: int) -> int:
    """The last seq of before an instant; 0 when there is none. Stamps never go back along the log."""
    stamp, low, high = to_wire(at), 0, before - 1
    while low < high:
        middle = high - (high - low) // 2
        found = connection.execute(_STAMP, {"seq": middle}).scalar_one()
        low, high = (middle, high) if found < stamp else (low, middle - 1)
    return low


_STAMP = select(changes.c.at).where(changes.c.seq == bindparam("seq"))


def fields_since_version(
    connection: Connection, sight: Visibility, entity: str, record_id: int, steps: int
) -> dict[str, tuple[Any, Any]]:
    """What the last `steps` changes of a record did, per field: the value before them and the value now, as logged.

    A value from before what may be seen is None.
    """
    statement = (
        select(changes)
        .where(changes.c.entity == entity, changes.c.record_id == record_id)
        .order_by(changes.c.seq.desc())
        .limit(steps)
    )
    found: dict[str, tuple[Any, Any]] = {}
    for row in connection.execute(statement).mappings():
        for name, (old, new) in orjson.loads(row["fields"]).items():
            seen = old if sight.covers(row["scope"]) else None
            found[name] = (seen, found[name][1] if name in found else new)
    return found


def get_change_fields(
    connection: Connection, sight: Visibility, entity: str, record_id: int, seq: int
) -> dict[str, tuple[Any, Any]]:
    """Old and new values, as logged, of one change of a record. Raises NotFound, also when it may not be seen."""
    statement = _changes_in(sight).where(
        changes.c.seq == seq, changes.c.entity == entity, changes.c.record_id == record_id
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound("change_not_found", N_("There is no such change in this history."), fields={"seq": seq})
    return {name: (old, new) for name, (old, new) in orjson.loads(row["fields"]).items()}


def _changes_in(sight: Visibility) -> Select[Any]:
    """The one rule of every history: a change may be seen by the scope that it bore, whoever has the record now."""
    return select(changes).where(visible_changes(sight))


def _newest_first(
    connection: Connection, statement: Select[Any], before_seq: int | None, limit: int
) -> list[dict[str, Any]]:
    if before_seq is not None:
        statement = statement.where(changes.c.seq < before_seq)
    rows = connection.execute(statement.order_by(changes.c.seq.desc()).limit(limit)).mappings()
    return [change_to_wire(row) for row in rows]
