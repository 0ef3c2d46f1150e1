"""Promise 1 of docs: kills a writing process 200 times and prints what was lost: `python -m bench.proofs.kill_9`."""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from tests.crashes import kill_loop

KILLS, THREADS, MOST, SEED = 200, 16, 1_000, 20261122


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="callmanager-prove-") as folder:
        report = kill_loop(Path(folder), kills=KILLS, threads=THREADS, most=MOST, seed=SEED)
    seconds = time.monotonic() - began
    print(
        f"kill -9: {report.kills} kills, {THREADS} writers, {report.acknowledged} acknowledged changes, "
        f"{report.lost} lost, {report.doubled} not exactly once, chain {'ok' if report.chain_ok else 'BROKEN'}, "
        f"integrity {report.integrity}; seed {SEED}, {seconds:.0f} s, synchronous FULL, "
        f"SQLite {sqlite3.sqlite_version}, {platform.platform()}"
    )
    if report.lost == 0 and report.acknowledged:
        print(f"0 of {report.acknowledged}: with 95 % confidence fewer than {3 / report.acknowledged:.1e} are lost")
    return int(bool(report.lost or report.doubled or not report.chain_ok or report.integrity != "ok"))


if __name__ == "__main__":
    sys.exit(main())
