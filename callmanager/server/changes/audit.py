"""Walks the hash chain and says where the past was rewritten. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from callmanager.domain.changes import ChainReport, verify_rows
from callmanager.server.changes.log import PIECE, read_head, rows_from
from callmanager.server.storage.engine import Storage


def verify_log(storage: Storage, *, progress: Callable[[int, int], None] | None = None) -> ChainReport:
    """Check every change against the one before and the last against the head.

    `progress` is told how many of how many were walked. A log that ends before its head is bad at the first
    missing seq.
    """
    with storage.read() as connection:
        head = read_head(connection)
        report = verify_rows(_reporting(rows_from(connection, 0), head.seq, progress))
    if report.ok and (report.head_seq, report.head_hash) != (head.seq, head.hash):
        first_bad = min(report.head_seq, head.seq) + (1 if report.head_seq != head.seq else 0)
        return ChainReport(False, report.rows, first_bad, report.head_seq, report.head_hash)
    return report


def _reporting(
    rows: Iterator[Sequence[Any]], total: int, progress: Callable[[int, int], None] | None
) -> Iterator[Sequence[Any]]:
    for count, row in enumerate(rows, 1):
        if progress is not None and count % PIECE == 0:
            progress(count, total)
        yield row
