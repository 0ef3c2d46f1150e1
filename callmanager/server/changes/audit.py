"""Walks the hash chain and says where the past was rewritten. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from callmanager.domain.changes import ChainReport, verify_rows
from callmanager.server.changes.log import PIECE, read_head, rows_from
from callmanager.server.pace import Pace
from callmanager.server.storage.engine import Storage

Witness = tuple[int, str]


def verify_log(
    storage: Storage,
    *,
    witness: Witness | None = None,
    progress: Callable[[int, int], None] | None = None,
    told_every: int = PIECE,
    pace: Pace | None = None,
) -> ChainReport:
    """Check every change against the one before, the last against the head, and all against a remembered head.

    `witness` is a head (seq, hash) that a backup's manifest or a client kept: whoever rewrites the past and hashes
    it anew, or cuts its end off, does not know it. `progress` is told how many of how many were walked, each time
    after `told_every` of them. A log that ends too early is bad at the first missing seq; one that a witness
    contradicts is bad at the witness's seq, or before it. `pace`: others are at work in this process.
    """
    seen: dict[int, str] = {}
    with storage.read() as connection:
        head = read_head(connection)
        rows = _reporting(rows_from(connection, 0), head.seq, progress, told_every)
        report = verify_rows((pace or Pace()).walk(_noting(rows, witness, seen)))
    if report.ok and (report.head_seq, report.head_hash) != (head.seq, head.hash):
        first_bad = min(report.head_seq, head.seq) + (1 if report.head_seq != head.seq else 0)
        return _bad(report, first_bad)
    if report.ok and witness is not None and witness[0] > 0 and seen.get(witness[0]) != witness[1]:
        return _bad(report, min(report.head_seq + 1, witness[0]))
    return report


def _bad(report: ChainReport, first_bad_seq: int) -> ChainReport:
    return ChainReport(False, report.rows, first_bad_seq, report.head_seq, report.head_hash)


def _noting(rows: Iterable[Sequence[Any]], witness: Witness | None, seen: dict[int, str]) -> Iterator[Sequence[Any]]:
    for row in rows:
        if witness is not None and row[0] == witness[0]:
            seen[row[0]] = row[-1]
        yield row


def _reporting(
    rows: Iterator[Sequence[Any]], total: int, progress: Callable[[int, int], None] | None, told_every: int
) -> Iterator[Sequence[Any]]:
    for count, row in enumerate(rows, 1):
        if progress is not None and count % told_every == 0:
            progress(count, total)
        yield row
