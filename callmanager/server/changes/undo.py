"""Takes a change set back as a new change set. Whoever changed the same field since is never overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import RowMapping, bindparam, select

from callmanager.domain.changes import CREATED, DELETED, RESTORED, UPDATED
from callmanager.domain.errors import Conflict, Invalid, Locked, NotFound
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import ENTITIES, Entity
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.prepared import list_prepared
from callmanager.server.storage.tables import changes

UNDO = "undo"


@dataclass(slots=True)
class Undone:
    """What an undo did: how many records went back, and what stayed since somebody changed it or works on it."""

    records: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)


def set_rows(tx: Transaction, set_id: int) -> Sequence[RowMapping]:
    """The changes of a set, newest first. Raises NotFound."""
    statement = select(changes).where(changes.c.set_id == set_id).order_by(changes.c.seq.desc())
    rows = tx.connection.execute(statement).mappings().all()
    if not rows:
        raise NotFound("change_set_not_found", N_("There is no such change."), fields={"set_id": set_id})
    return rows


def undo_rows(tx: Transaction, rows: Sequence[RowMapping], *, partly: bool = False) -> Undone:
    """Take back the changes of one set, given newest first.

    Raises Conflict, naming record and fields, when a later change touched one of them, and Locked when somebody
    works on the record; with `partly` those are left as they are and reported instead.
    """
    undone = Undone()
    for row in rows:
        entity = _undoable(row)
        record = tx.get(entity, row["record_id"])
        clash = touched_since(tx, row)
        if clash and not partly:
            raise _conflict(row, clash)
        try:
            undone.records += _take_back(tx, record, row, clash)
        except Locked:
            if not partly:
                raise
            clash = sorted(orjson.loads(row["fields"]))
        if clash:
            undone.kept.append({"entity": row["entity"], "record_id": row["record_id"], "fields": clash})
    return undone


def _take_back(tx: Transaction, record: Record, row: RowMapping, clash: list[str]) -> bool:
    """Write the old values of one change, but for the fields in `clash`. Says whether anything was to be written."""
    old = {
        name: record.entity.from_log(name, values[0])
        for name, values in orjson.loads(row["fields"]).items()
        if name not in clash and name != "archived_at"
    }
    if row["kind"] == CREATED:
        return not clash and tx.delete(record) is not record
    if row["kind"] == RESTORED:
        return "archived_at" not in clash and tx.delete(record, **old) is not record
    if row["kind"] == DELETED:
        return "archived_at" not in clash and tx.restore(record, **old) is not record
    return tx.update(record, **old) is not record


def _undoable(row: RowMapping) -> Entity:
    entity = ENTITIES[row["entity"]]
    if not entity.undoable:
        raise Invalid(
            "not_undoable",
            N_("This kind of change cannot be undone here. Change it back by hand."),
            fields={"entity": row["entity"]},
        )
    return entity


def _conflict(row: RowMapping, clash: list[str]) -> Conflict:
    return Conflict(
        "undo_conflict",
        N_("Somebody changed %(names)s since, so nothing was undone. Look at the history and correct it by hand."),
        fields={"entity": row["entity"], "record_id": row["record_id"], "fields": clash},
        names=", ".join(clash),
    )


def touched_since(tx: Transaction, row: RowMapping) -> list[str]:
    """The fields of a change that later changes touched, sorted.

    A later change that was itself undone does not count, and neither does its undo: together they changed nothing.
    After a creation every later change counts, since undoing it would take the whole record away.
    """
    asked = {f"b_{name}": row[name] for name in ("entity", "record_id", "seq", "set_id")}
    lasting = _lasting(list_prepared(tx.connection, _LATER, asked))
    if row["kind"] == CREATED:
        return sorted(lasting)
    names = set(orjson.loads(row["fields"])) | ({"archived_at"} if row["kind"] != UPDATED else set())
    return sorted(lasting & names)


_LATER = (
    select(changes.c.set_id, changes.c.origin, changes.c.origin_id, changes.c.fields)
    .where(changes.c.entity == bindparam("b_entity"), changes.c.record_id == bindparam("b_record_id"))
    .where(changes.c.seq > bindparam("b_seq"), changes.c.set_id != bindparam("b_set_id"))
    .order_by(changes.c.seq.desc())
)


def _lasting(later: Sequence[Mapping[str, Any]]) -> set[str]:
    """The fields that the later changes (newest first) of a record touched, without what was undone since.

    Counted by field: an undo that left one alone, because of a still later change, did not take that one back.
    """
    present = {change["set_id"] for change in later}
    taken_back: dict[int, set[str]] = {}
    lasting: set[str] = set()
    for change in later:
        fields = set(orjson.loads(change["fields"])) - taken_back.get(change["set_id"], set())
        if change["origin"] == UNDO and change["origin_id"] in present:
            taken_back.setdefault(change["origin_id"], set()).update(fields)
        else:
            lasting |= fields
    return lasting
