"""Counts what became of the rows of one piece, and says what is to be told of those that were taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callmanager.server.imports.checking import Doubt, Piece
from callmanager.server.imports.planning import Plan, Target
from callmanager.server.imports.remarks import COUNTED_AS, MOST_VALUE_CHARS, STATUS_UNKNOWN, VALUE_DROPPED, Remark
from callmanager.server.imports.reports import Counts
from callmanager.server.lists.rows import Row

MOST_WORD_CHARS = 64


def list_plan_remarks(piece: Piece, plan: Plan) -> list[Remark]:
    """Everything to be told of a piece that was planned, by row."""
    found = [_remark(one.row, one.target, one.code, one.field, one.value) for one in plan.dropped]
    found += [_remark(row, target, *doubt) for row, target, doubt in _doubts(piece, plan)]
    return sorted(found, key=lambda remark: remark.row)


def count_plan(piece: Piece, plan: Plan, left_columns: Sequence[str]) -> Counts:
    """What a piece adds to the report. `left_columns` are those that are not to be imported."""
    figures: Counter[str] = Counter(plan.counts)
    figures["rejected"] = len(piece.refused) + len(plan.refused)
    figures[COUNTED_AS[VALUE_DROPPED]] = sum(one.code == VALUE_DROPPED for one in plan.dropped)
    words: Counter[str] = Counter()
    for _row, _target, doubt in _doubts(piece, plan):
        figures[COUNTED_AS[doubt.code]] += 1
        if doubt.code == STATUS_UNKNOWN:
            words[doubt.value[:MOST_WORD_CHARS]] += 1
    return Counts(figures, words, _left_values(piece, plan, left_columns))


def _doubts(piece: Piece, plan: Plan) -> list[tuple[int, Target, Doubt]]:
    """Those of rows that were taken in the end."""
    return [
        (row.number, plan.led[row.number], doubt)
        for row in piece.doubtful
        if row.number in plan.led
        for doubt in row.doubts
    ]


def _remark(row: int, target: Target, code: str, field: str, value: str) -> Remark:
    contact_id = target.id if target.id is not None and target.id > 0 else None
    shown = target.row.get("name") or next((phone.get("number", "") for phone in target.row["phones"]), "")
    return Remark(row, code, field, value[:MOST_VALUE_CHARS], contact_id, str(shown)[:200])


def _left_values(piece: Piece, plan: Plan, columns: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    if columns:
        refused = {number for number, _ in plan.refused}
        taken = (row for number, row in piece.rows.items() if number not in refused)
        found.update(column for row in taken for column in columns if _holds(row, column))
    return found


def _holds(row: Row, column: str) -> bool:
    return bool(row.cells.get(column, "").strip())
