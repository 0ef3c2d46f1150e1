"""Carries an import out: a record of it, then one change set for up to a thousand rows, then what came of it.

Each change set is one transaction that writes contacts, refused rows and the figures of the record together, so that
an import that was cancelled or cut off by a crash has counted exactly what it did. While others work, each is as short
as changes/turns.py makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from sqlalchemy import Connection, select

from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.people import SYSTEM, Actor
from callmanager.domain.permissions import Permission, require
from callmanager.domain.texts import N_
from callmanager.server.actions.barring import FROM_IMPORT, bar_refusing
from callmanager.server.changes.entities import CONTACT, IMPORT
from callmanager.server.changes.turns import write_in_turns
from callmanager.server.changes.write import ChangeLog, Transaction
from callmanager.server.imports.checking import Piece, RowRules, check_rows
from callmanager.server.imports.counting import count_plan, list_plan_remarks
from callmanager.server.imports.dry_runs import plan_pieces
from callmanager.server.imports.lookups import Seen, look_around
from callmanager.server.imports.options import ImportOptions, Policy, check_references, choose_mapping, choose_words
from callmanager.server.imports.planning import Plan, plan_rows
from callmanager.server.imports.rejections import MOST_KEPT, heading, keep_rejections, keep_remarks
from callmanager.server.imports.remarks import Remark
from callmanager.server.imports.reports import Counts, Progress, Report, RowError, untold
from callmanager.server.lists.rows import Row, RowSource
from callmanager.server.storage.dispositions import list_codes
from callmanager.server.storage.tables import imports

ORIGIN = "import"
BATCH_ROWS = 1_000
PART_ROWS = 50
PART_ROWS_ALONE = 250
"""Fewer questions to the database for each row, for when nobody waits for the writer."""

Cancelled = Callable[[], bool]
WithTransaction = Callable[[Transaction, Report], None]


class Written(NamedTuple):
    """What a piece that was planned adds to the report, and what is told of its rows."""

    counts: Counts
    refused: list[tuple[Row, Invalid]]
    remarks: list[Remark]


def run_import(
    log: ChangeLog,
    actor: Actor,
    source: RowSource,
    options: ImportOptions,
    *,
    region: str,
    progress: Progress = untold,
    cancelled: Cancelled = lambda: False,
) -> Report:
    """Import the whole list, or say what that would do (`options.dry_run`).

    Stops between batches (BATCH_ROWS) when `cancelled` says so; what was imported stays and can be undone. Raises
    Forbidden, Invalid when the list or the options as a whole cannot be used, Unavailable when the disk is full (what
    was imported until then stays; its record says failed).
    """
    job = ImportJob(log, actor, source, options, region=region)
    if options.dry_run:
        return job.try_out(progress, cancelled)
    job.begin()
    return job.carry_out(progress, cancelled)


@dataclass
class ImportJob:
    """One import, checked as a whole and ready to begin."""

    log: ChangeLog
    actor: Actor
    source: RowSource
    options: ImportOptions
    region: str = field(kw_only=True)

    def __post_init__(self) -> None:
        require(self.actor, Permission.CONTACT_IMPORT)
        _check_rows(self.source)
        self.mapping = choose_mapping(self.source, self.options)
        with self.log.storage.read() as connection:
            check_references(connection, self.options)
            statuses = list_codes(connection)
        self.report = Report(
            rows_in_file=self.source.total or 0,
            header_row=self.source.header_row,
            rows_above_header=self.source.rows_above_header,
            sheets=[asdict(sheet) for sheet in self.source.sheets],
        )
        self._seen = Seen()
        wanted = {"team_id": self.options.team_id, "campaign_id": self.options.campaign_id}
        self._rules = RowRules(
            self.mapping,
            {name: value for name, value in wanted.items() if value is not None},
            self.region,
            statuses,
            choose_words(self.options, statuses),
            self.options.strict_statuses,
        )
        self._left = [name for name in self.source.columns if self.mapping.get(name, "skip") == "skip"]
        self._new = {"team_id": self.actor.team_id}

    def try_out(self, progress: Progress, cancelled: Cancelled) -> Report:
        """Say what the import would do. Changes nothing."""
        pieces: list[Piece] = []

        def checked() -> Iterator[Piece]:
            for piece in self.log.pace.walk(chain.from_iterable(self._batches())):
                pieces[:] = [piece]
                yield piece

        for plan in plan_pieces(
            self.log.storage,
            checked(),
            Policy(self.options.policy),
            self._new,
            self._held_by_others,
            now=self.log.clock.now(),
        ):
            self._count(self._told(pieces[0], plan))
            progress(self.report.total, self.report.rows_in_file)
            if cancelled():
                self.report.state = "cancelled"
                break
        return self.report

    def begin(self, also: WithTransaction | None = None) -> int:
        """Make the record of the import; `also` may write more in the same transaction. Answers the import's id."""
        with self.log.write(self.actor, ORIGIN) as tx:
            columns = [heading(column) for column in (*self.source.columns, *self.source.strays)]
            record = tx.insert(
                IMPORT,
                {
                    "state": "running",
                    "file_name": self.options.file_name[:200],
                    "options": self.options.to_record(self.mapping) | {"columns": columns},
                    "report": self.report.to_record(),
                    "created_by": self.actor.id,
                },
            )
            self.report.import_id = record.id
            if also is not None:
                also(tx, self.report)
        return record.id

    def carry_out(self, progress: Progress, cancelled: Cancelled, also: WithTransaction | None = None) -> Report:
        """Import batch by batch; `also` may write more in the transaction that closes the import."""
        self.report.state = "failed"
        with self._named():
            try:
                self.report.state = "cancelled" if self._was_stopped(progress, cancelled) else "done"
            finally:
                self._close(also)
        return self.report

    def _was_stopped(self, progress: Progress, cancelled: Cancelled) -> bool:
        """Bring in all rows, unless `cancelled` says to stop."""
        for batch in self._batches():
            if cancelled():
                return True
            for written in self._write_batch(batch):
                for one in written:
                    self._count(one)
                progress(self.report.total, self.report.rows_in_file)
        return False

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Whatever stops the import says which one it was, so that what is in by then can be seen and undone."""
        try:
            yield
        except CallManagerError as error:
            error.fields = {**error.fields, "import_id": self.report.import_id}
            raise

    def _held_by_others(self, connection: Connection) -> frozenset[int]:
        return self.log.guard.held_by_others(connection, self.actor)

    def _batches(self) -> Iterator[list[Piece]]:
        """The rows of the list, checked, in pieces that are written fast."""
        rows = iter(self.log.pace.walk(self.source))
        while batch := self._batch(rows, PART_ROWS if self.log.pace.crowded else PART_ROWS_ALONE):
            yield batch

    def _batch(self, rows: Iterator[Row], size: int) -> list[Piece]:
        return [piece for _ in range(BATCH_ROWS // size) if (piece := self._checked(rows, size)).size]

    def _checked(self, rows: Iterator[Row], size: int) -> Piece:
        """The next rows. Each is checked as soon as it is read, so that reading rests for both."""
        return check_rows(islice(rows, size), self._rules)

    def _write_batch(self, batch: list[Piece]) -> Iterator[list[Written]]:
        """Write pieces; gives those that are durable now, after each change set."""
        import_id = self.report.import_id
        assert import_id is not None, "begin() comes first"
        return write_in_turns(
            self.log, self.actor, ORIGIN, batch, self._write, origin_id=import_id, at_end=self._keep_figures
        )

    def _write(self, tx: Transaction, piece: Piece) -> Written:
        policy = Policy(self.options.policy)
        held = self._held_by_others(tx.connection)
        around = look_around(tx.connection, piece.good, self._seen, policy, now=tx.now, held=held)
        plan = plan_rows(piece.good, around, policy, self._new)
        made = tx.insert_many(CONTACT, [target.fields for target in plan.made])
        changed = tx.update_many([(target.record, target.fields) for target in plan.changed if target.record])
        told = [record for record, target in zip(changed, plan.changed, strict=True) if "status" in target.fields]
        bar_refusing(tx, [*made, *told], source=FROM_IMPORT, reference=str(self.report.import_id))
        self._seen.keep_all(plan, [record.id for record in made])
        for target, record in zip(plan.made, made, strict=True):
            target.id = record.id
        return self._told(piece, plan)

    def _told(self, piece: Piece, plan: Plan) -> Written:
        """Once the contacts that the rows made have their ids, which remarks name."""
        return Written(count_plan(piece, plan, self._left), _refused(piece, plan), list_plan_remarks(piece, plan))

    def _keep_figures(self, tx: Transaction, written: list[Written]) -> None:
        import_id = self.report.import_id
        assert import_id is not None, "begin() comes first"
        refused = [row for one in written for row in one.refused]
        keep_rejections(tx.connection, import_id, refused[: max(0, MOST_KEPT - self.report.rejected)])
        remarks = [remark for one in written for remark in one.remarks]
        keep_remarks(tx.connection, import_id, remarks[: max(0, MOST_KEPT - self.report.remarked)])
        after = self.report.without_rows()
        for one in written:
            after.add(one.counts)
        tx.update(tx.get(IMPORT, import_id), report=after.to_record())

    def _count(self, one: Written) -> None:
        self.report.add(one.counts)
        self.report.show([RowError.of(row.number, error) for row, error in one.refused], one.remarks)

    def _close(self, also: WithTransaction | None) -> None:
        assert self.report.import_id is not None
        with self.log.write(self.actor, ORIGIN, origin_id=self.report.import_id) as tx:
            tx.update(tx.get(IMPORT, self.report.import_id), state=self.report.state, report=self.report.to_record())
            if also is not None and self.report.state != "failed":
                also(tx, self.report)


def _check_rows(source: RowSource) -> None:
    """Raises Invalid when nothing stands below the header: that somebody made an import of it is no success."""
    if source.total == 0 and source.header_row:
        raise Invalid(
            "file_only_header",
            N_(
                "Nothing stands below row %(row)s, which names the columns. Choose another row or sheet, or another "
                "list."
            ),
            row=source.header_row,
        )


def close_abandoned_imports(log: ChangeLog) -> int:
    """Close what a server left running when it died: such an import has failed, with what it did until then.

    For the start of the server, before anything imports. Answers how many there were.
    """
    with log.storage.read() as connection:
        left = connection.execute(select(imports.c.id).where(imports.c.state == "running")).scalars().all()
    if not left:
        return 0
    with log.write(SYSTEM, "job") as tx:
        for import_id in left:
            tx.update(tx.get(IMPORT, import_id), state="failed")
    return len(left)


def _refused(piece: Piece, plan: Plan) -> list[tuple[Row, Invalid]]:
    early = [(refused.row, refused.error) for refused in piece.refused]
    late = [(piece.rows[number], error) for number, error in plan.refused]
    return sorted(early + late, key=lambda item: item[0].number)
