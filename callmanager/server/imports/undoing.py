"""Takes a whole import back, newest batch first. What people changed since is left as it is, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, exists, select

from callmanager.domain.errors import Conflict
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, require
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import CONTACT, IMPORT
from callmanager.server.changes.undo import UNDO, set_rows, undo_rows
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.imports.reports import Progress, untold
from callmanager.server.imports.runs import ORIGIN
from callmanager.server.storage.tables import changes

MOST_SHOWN = 1_000


@dataclass(slots=True)
class UndoneImport:
    """Contacts (by id) that the import touched, and of which of them which fields stayed because somebody changed them
    since. `undone` counts the others, which went back whole."""

    import_id: int
    touched: set[int] = field(default_factory=set)
    kept: dict[int, set[str]] = field(default_factory=dict)

    @property
    def undone(self) -> int:
        return len(self.touched - self.kept.keys())

    def to_wire(self) -> dict[str, object]:
        """The answer; of the contacts that were kept the first MOST_SHOWN, and how many there are."""
        shown = [{"contact_id": key, "fields": sorted(self.kept[key])} for key in sorted(self.kept)[:MOST_SHOWN]]
        return {
            "import_id": self.import_id,
            "state": "undone",
            "undone": self.undone,
            "kept": shown,
            "kept_contacts": len(self.kept),
        }


Also = Callable[[Transaction, UndoneImport], None]
"""Writes more in a transaction of the undo."""


def nothing_more(tx: Transaction, answer: UndoneImport) -> None:
    """Write nothing more."""
    del tx, answer


def undo_import(
    log: ChangeLog,
    actor: Actor,
    import_id: int,
    *,
    progress: Progress = untold,
    at_first: Also = nothing_more,
    at_last: Also = nothing_more,
) -> UndoneImport:
    """Undo every batch of an import that is over; each batch is one change set, so the work may be cut off and
    repeated. The caller sees to it that the import does not run and is undone by one caller at a time.

    Raises Forbidden, NotFound, and Conflict when it was undone before.
    """
    require(actor, Permission.CONTACT_IMPORT)
    answer = UndoneImport(import_id)
    with log.write(actor, UNDO) as tx:
        _check_not_undone(tx.get(IMPORT, import_id))
        at_first(tx, answer)
    with log.storage.read() as connection:
        batches = _batches(connection, import_id)
    for done, set_id in enumerate(batches, 1):
        _undo_batch(log, actor, set_id, answer)
        progress(done, len(batches))
    with log.write(actor, UNDO) as tx:
        record = tx.get(IMPORT, import_id)
        _check_not_undone(record)
        figures = {"undone": answer.undone, "kept_contacts": len(answer.kept)}
        tx.update(record, state="undone", report={**record["report"], **figures})
        at_last(tx, answer)
    return answer


def _undo_batch(log: ChangeLog, actor: Actor, set_id: int, answer: UndoneImport) -> None:
    with log.write(actor, UNDO, origin_id=set_id, bulk=True) as tx:
        rows = [row for row in set_rows(tx, set_id) if row["entity"] == CONTACT.name]
        undone = undo_rows(tx, rows, partly=True)
    answer.touched.update(row["record_id"] for row in rows)
    for kept in undone.kept:
        answer.kept.setdefault(kept["record_id"], set()).update(kept["fields"])


def _batches(connection: Connection, import_id: int) -> Sequence[int]:
    """The change sets of the import that were not undone yet, newest first."""
    later = changes.alias()
    undone = exists().where(later.c.origin == UNDO, later.c.origin_id == changes.c.set_id)
    statement = (
        select(changes.c.set_id)
        .distinct()
        .where(changes.c.origin == ORIGIN, changes.c.origin_id == import_id, changes.c.entity == CONTACT.name, ~undone)
        .order_by(changes.c.set_id.desc())
    )
    return connection.execute(statement).scalars().all()


def _check_not_undone(record: Record) -> None:
    if record["state"] == "undone":
        raise Conflict("import_undone", N_("This import was undone already."), fields={"import_id": record.id})
