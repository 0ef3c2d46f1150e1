"""What happened: the changes of one record, or of many, newest first. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, select

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.log import change_to_wire, visible_changes
from callmanager.server.storage.tables import changes


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


def list_changes(
    connection: Connection, sight: Visibility, wanted: ChangeFilter, *, before_seq: int | None, limit: int
) -> list[dict[str, Any]]:
    """The changes that may be seen, newest first."""
    statement = _changes_in(sight)
    for name in ("entity", "record_id", "actor_id", "set_id"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(changes.c[name] == value)
    if wanted.since_seq is not None:
        statement = statement.where(changes.c.seq > wanted.since_seq)
    if wanted.since_at is not None:
        statement = statement.where(changes.c.at >= to_wire(wanted.since_at))
    return _newest_first(connection, statement, before_seq, limit)


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
