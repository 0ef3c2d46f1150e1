"""Loads the file of a register: what its source held before is replaced by it, all at once.

1. The rows are read and kept apart (staging). 2. What differs is written in short transactions, out of sight: a line
shows only in the loads that its register names. 3. One transaction names this load: from then on the file is in force.
4. The marks of our contacts follow. A failure before 3 leaves the register as it was; after 3 the next start does 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from sqlalchemy import Connection, or_, select

from callmanager.domain.errors import Unavailable
from callmanager.domain.people import SYSTEM, Actor
from callmanager.domain.permissions import Permission, require
from callmanager.domain.registers import check_source
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import REGISTER, REGISTER_LOAD
from callmanager.server.changes.turns import write_in_turns
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.imports.reports import Progress, untold
from callmanager.server.lists.rows import RowSource
from callmanager.server.queries.registers import find_register
from callmanager.server.registers.comparing import Difference, differences, walk_held
from callmanager.server.registers.marking import ORIGIN, FindLines, lines_where, settle_contacts, walk_reached
from callmanager.server.registers.reading import LineRules, read_lines
from callmanager.server.registers.reports import Report
from callmanager.server.registers.staging import PIECE, StagedLines, staging
from callmanager.server.registers.writing import clear_unseen, write_difference
from callmanager.server.storage.registers import register_lines, register_loads, shown_at

BATCH = 8
"""So many parts are made ready before the writer is asked for."""

Cancelled = Callable[[], bool]
WithTransaction = Callable[[Transaction, Record], None]


def nothing_more(tx: Transaction, load: Record) -> None:
    """Write nothing more."""
    del tx, load


@dataclass
class RegisterLoad:
    """One file of one source. `begin` and `carry_out`, or `try_out`, within the caller's turn (turn.py)."""

    log: ChangeLog
    actor: Actor
    source: RowSource
    rules: LineRules
    name: str = field(kw_only=True)
    file_name: str = field(default="", kw_only=True)
    cancelled: Cancelled = field(default=lambda: False, kw_only=True)
    progress: Progress = field(default=untold, kw_only=True)

    def __post_init__(self) -> None:
        require(self.actor, Permission.DO_NOT_CALL_LOAD)
        self.name = check_source(self.name)
        self.report = Report(rows_in_file=self.source.total or 0)
        self.load: Record | None = None

    def try_out(self) -> Report:
        """Say what the file would do. Changes nothing."""
        with self.log.storage.read() as connection:
            register = find_register(connection, self.name)
        register_id, load_id = (0, 0) if register is None else (register["id"], register["load_id"])
        with self._staged() as staged:
            for found in self._walk(staged, register_id, load_id):
                self._count(found)
            self._count_contacts(staged, register_id, load_id)
        return self.report

    def begin(self, also: WithTransaction = nothing_more) -> Record:
        """Make the record of the load; `also` may write more in the same transaction."""
        with self.log.write(self.actor, ORIGIN) as tx:
            found = find_register(tx.connection, self.name)
            register = Record(REGISTER, dict(found)) if found else tx.insert(REGISTER, {"name": self.name})
            values = {
                "register_id": register.id,
                "state": "running",
                "file_name": self.file_name[:200],
                "previous_id": register["load_id"],
                "previous_at": register["loaded_at"],
                "previous_numbers": register["numbers"],
                "report": self.report.to_record(),
                "created_by": self.actor.id,
            }
            self.load = tx.insert(REGISTER_LOAD, values)
            also(tx, self.load)
        return self.load

    def carry_out(self, also: WithTransaction = nothing_more) -> Report:
        """Load the file; `also` may write more in the transaction that closes it."""
        assert self.load is not None, "begin() comes first"
        load = self.load
        try:
            with self._staged() as staged:
                clear_unseen(self.log, load["register_id"], load["previous_id"], origin_id=load.id)
                self._count_contacts(staged, load["register_id"], load["previous_id"])
                self._write(staged, load)
            self._put_in_force(load)
        except BaseException:
            self._close(load, "failed")
            raise
        settle_load(self.log, self.actor, load)
        self._close(load, "done", also)
        return self.report

    @contextmanager
    def _staged(self) -> Iterator[StagedLines]:
        """The lines of the file, for as long as the block lasts."""
        with staging() as staged:
            lines = read_lines(self.log.pace.walk(self.source), self.rules, self.report)
            read = 0
            while piece := list(islice(lines, PIECE)):
                staged.put(piece)
                read += len(piece)
                self._go_on(self.report.rows)
            self.report.numbers = staged.count()
            self.report.repeated = read - self.report.numbers
            yield staged

    def _walk(self, staged: StagedLines, register_id: int, load_id: int) -> Iterator[Difference]:
        held = walk_held(self.log.storage, register_id, load_id)
        for found in differences(held, self.log.pace.walk(staged.walk())):
            self._go_on(self.report.rows_in_file + self.report.new + self.report.same + self.report.changed)
            yield found

    def _write(self, staged: StagedLines, load: Record) -> None:
        register_id, seen = int(load["register_id"]), int(load["previous_id"])

        def write(tx: Transaction, found: Difference) -> None:
            write_difference(tx.connection, register_id, found, load_id=load.id, seen=seen)

        walk = self._walk(staged, register_id, seen)
        while batch := list(islice(walk, BATCH)):
            for found in batch:
                self._count(found)
            for _done in write_in_turns(
                self.log, self.actor, ORIGIN, batch, write, origin_id=load.id, at_end=partial(self._keep_figures, load)
            ):
                pass

    def _keep_figures(self, load: Record, tx: Transaction, _done: list[None]) -> None:
        """How far it is. Errors are kept once, at the end."""
        figures = {**self.report.to_record(), "errors": []}
        tx.update(tx.get(REGISTER_LOAD, load.id), report=figures)

    def _put_in_force(self, load: Record) -> None:
        with self.log.write(self.actor, ORIGIN, origin_id=load.id) as tx:
            register = tx.get(REGISTER, load["register_id"])
            tx.update(register, load_id=load.id, loaded_at=tx.now, numbers=self.report.numbers)
            tx.update(tx.get(REGISTER_LOAD, load.id), state="marking", report=self.report.to_record())

    def _close(self, load: Record, state: str, also: WithTransaction = nothing_more) -> None:
        with self.log.write(self.actor, ORIGIN, origin_id=load.id) as tx:
            also(tx, tx.update(tx.get(REGISTER_LOAD, load.id), state=state, report=self.report.to_record()))

    def _count(self, found: Difference) -> None:
        report = self.report
        report.new += found.new
        report.same += found.same
        report.changed += found.changed
        report.gone += found.gone

    def _count_contacts(self, staged: StagedLines, register_id: int, load_id: int) -> None:
        held = lines_where(register_id, shown_at(load_id))

        def barred(connection: Connection, lines: Sequence[str]) -> set[str]:
            return staged.holding(lines) - held(connection, lines)

        def freed(connection: Connection, lines: Sequence[str]) -> set[str]:
            return held(connection, lines) - staged.holding(lines)

        self.report.contacts_barred = self._count_reached(barred)
        self.report.contacts_freed = self._count_reached(freed)

    def _count_reached(self, find: FindLines) -> int:
        count = 0
        for ids in self.log.pace.walk(walk_reached(self.log.storage, find)):
            count += len(ids)
            self._go_on(self.report.rows)
        return count

    def _go_on(self, done: int) -> None:
        """Tell how far it is: the rows are read, then as many numbers are compared."""
        self.progress(done, 2 * self.report.rows_in_file)
        if self.cancelled():
            raise Unavailable(
                "register_stopped",
                N_("The server was stopped before the file was in force, so nothing has changed. Load it again."),
            )


def settle_load(log: ChangeLog, actor: Actor, load: Record) -> int:
    """Bring the marks of the contacts in line that are reached on a line that came or went with a load."""
    touched = or_(register_lines.c.from_load == load.id, register_lines.c.to_load == load.id)
    return settle_contacts(log, actor, lines_where(load["register_id"], touched), origin_id=load.id)


def finish_abandoned(log: ChangeLog) -> int:
    """Close what a server left when it died: what was not in force has failed, of what was the marks are settled. For
    the start of the server. Answers how many there were."""
    states = ("running", "marking", "unmarking")
    with log.storage.read() as connection:
        found = connection.execute(select(register_loads).where(register_loads.c.state.in_(states))).mappings().all()
    for row in found:
        load = Record(REGISTER_LOAD, dict(row))
        if load["state"] != "running":
            settle_load(log, SYSTEM, load)
        state = {"running": "failed", "marking": "done", "unmarking": "undone"}[load["state"]]
        with log.write(SYSTEM, "job") as tx:
            tx.update(tx.get(REGISTER_LOAD, load.id), state=state)
    return len(found)
