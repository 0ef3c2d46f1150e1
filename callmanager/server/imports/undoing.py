"""Takes a whole import back, newest change first. What people changed since is left as it is, and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from callmanager.domain.changes import CREATED, DELETED
from callmanager.domain.errors import Conflict
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, require
from callmanager.domain.texts import N_
from callmanager.server.actions.barring import FROM_IMPORT, free_refusing
from callmanager.server.changes.entities import CONTACT, IMPORT
from callmanager.server.changes.turns import write_in_turns
from callmanager.server.changes.undo import UNDO, undo_rows
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.imports.reports import Progress, untold
from callmanager.server.imports.runs import BATCH_ROWS, ORIGIN
from callmanager.server.storage.tables import changes

MOST_SHOWN = 1_000
PART_CONTACTS = 10


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

    def keep(self, contact_id: int, fields: set[str]) -> None:
        """Count fields of a contact as left alone."""
        self.kept.setdefault(contact_id, set()).update(fields)

    def figures(self) -> dict[str, int]:
        """How far it is, as the import's record keeps it."""
        return {"undone": self.undone, "kept_contacts": len(self.kept)}

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
    """Undo every change of contacts by an import that is over, in many transactions. One that was cut off leaves in the
    import's record how far it came; calling it again does the rest and answers for all of it. The caller sees to it
    that the import does not run and is undone by one caller at a time.

    Raises Forbidden, NotFound, and Conflict when it was undone before.
    """
    require(actor, Permission.CONTACT_IMPORT)
    work = _Undoing(log, actor, UndoneImport(import_id))
    with log.write(actor, UNDO) as tx:
        _check_not_undone(tx.get(IMPORT, import_id))
        at_first(tx, work.answer)
    work.carry_out(progress)
    with log.write(actor, UNDO) as tx:
        record = tx.get(IMPORT, import_id)
        _check_not_undone(record)
        tx.update(record, state="undone", report={**record["report"], **work.answer.figures()})
        at_last(tx, work.answer)
    return work.answer


Contact = list[RowMapping]
"""What one change set of the import did to one contact, newest first."""


@dataclass
class _Undoing:
    log: ChangeLog
    actor: Actor
    answer: UndoneImport

    def carry_out(self, progress: Progress) -> None:
        with self.log.storage.read() as connection:
            total = _count_rows(connection, self.answer.import_id)
        done = 0
        for rows, earlier in self._read_sets():
            traces = _by_contact(earlier)
            left = [
                contact for key, contact in _by_contact(rows).items() if not self._was_undone(contact, traces.get(key))
            ]
            done += len(rows) - sum(map(len, left))
            for written in self._undo(rows[0]["set_id"], left):
                done += sum(written)
                progress(done, total)

    def _read_sets(self) -> Iterator[tuple[Contact, Sequence[RowMapping]]]:
        """The import's change sets, newest first: its changes of contacts, and those of an undo that was cut off."""
        before: int | None = None
        while True:
            with self.log.storage.read() as connection:
                rows = _newest_set(connection, self.answer.import_id, before)
                if not rows:
                    return
                earlier = _undone_earlier(connection, rows[0]["set_id"])
            yield rows, earlier
            before = rows[-1]["seq"]

    def _was_undone(self, contact: Contact, traces: Contact | None) -> bool:
        """Whether an undo that was cut off has been here; then what it did is counted. One that a person kept alive is
        looked at again."""
        if traces is None:
            return False
        contact_id = contact[0]["record_id"]
        kept = _names(contact) - _names(traces)
        if any(row["kind"] == CREATED for row in contact):
            if all(row["kind"] != DELETED for row in traces):
                return False
            kept = set()
        self.answer.touched.add(contact_id)
        if kept:
            self.answer.keep(contact_id, kept)
        return True

    def _undo(self, set_id: int, contacts: list[Contact]) -> Iterator[list[int]]:
        parts = [contacts[start : start + PART_CONTACTS] for start in range(0, len(contacts), PART_CONTACTS)]
        return write_in_turns(
            self.log, self.actor, UNDO, parts, self._undo_part, origin_id=set_id, at_end=self._keep_figures
        )

    def _undo_part(self, tx: Transaction, contacts: list[Contact]) -> int:
        """What was done to one contact is taken back in one change set. Returns how many changes were looked at."""
        rows = [row for contact in contacts for row in contact]
        undone = undo_rows(tx, rows, partly=True)
        free_refusing(tx, {row["record_id"] for row in rows}, source=FROM_IMPORT, reference=str(self.answer.import_id))
        self.answer.touched.update(row["record_id"] for row in rows)
        for kept in undone.kept:
            self.answer.keep(kept["record_id"], set(kept["fields"]))
        return len(rows)

    def _keep_figures(self, tx: Transaction, _written: list[int]) -> None:
        record = tx.get(IMPORT, self.answer.import_id)
        tx.update(record, report={**record["report"], **self.answer.figures()})


def _by_contact(rows: Sequence[RowMapping]) -> dict[int, Contact]:
    found: dict[int, Contact] = {}
    for row in rows:
        found.setdefault(row["record_id"], []).append(row)
    return found


def _names(rows: Sequence[RowMapping]) -> set[str]:
    return {name for row in rows for name in orjson.loads(row["fields"])}


def _of_import(import_id: int) -> ColumnElement[bool]:
    return and_(changes.c.origin == ORIGIN, changes.c.origin_id == import_id, changes.c.entity == CONTACT.name)


def _count_rows(connection: Connection, import_id: int) -> int:
    return int(connection.execute(select(func.count()).where(_of_import(import_id))).scalar_one())


def _newest_set(connection: Connection, import_id: int, before: int | None) -> Contact:
    """The changes of contacts by the newest change set before a seq. A set has at most BATCH_ROWS of them."""
    statement = select(changes).where(_of_import(import_id))
    if before is not None:
        statement = statement.where(changes.c.seq < before)
    newest = statement.order_by(changes.c.seq.desc()).limit(BATCH_ROWS)
    rows = connection.execute(newest).mappings().all()
    return [row for row in rows if row["set_id"] == rows[0]["set_id"]]


def _undone_earlier(connection: Connection, set_id: int) -> Sequence[RowMapping]:
    undo_of_set = and_(changes.c.origin == UNDO, changes.c.origin_id == set_id, changes.c.entity == CONTACT.name)
    statement = select(changes.c.record_id, changes.c.kind, changes.c.fields).where(undo_of_set)
    return connection.execute(statement).mappings().all()


def _check_not_undone(record: Record) -> None:
    if record["state"] == "undone":
        raise Conflict("import_undone", N_("This import was undone already."), fields={"import_id": record.id})
