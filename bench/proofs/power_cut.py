"""Promise 2 of docs: cuts the power 1,000 times, and as often without FULL as the control. Needs strace.

`python -m bench.proofs.power_cut`
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from tests.power_cuts import CutReport, cut_often, record

CUTS, TURNS, SEED = 1_000, 150, 20261122


def cut(mode: str) -> CutReport:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="callmanager-prove-") as folder:
        calls = record(Path(folder), turns=TURNS, mode=mode)
        report = cut_often(calls, Path(folder), cuts=CUTS, seed=SEED)
    print(
        f"power cut, synchronous {mode}: {report.cuts} cuts among {len(calls)} calls, {report.cuts_with_loss} lost "
        f"something, {report.lost} of {report.acknowledged} acknowledged changes lost, {len(report.broken)} databases "
        f"broken; seed {SEED}, {time.monotonic() - began:.0f} s, SQLite {sqlite3.sqlite_version}, {platform.platform()}"
    )
    return report


def main() -> int:
    full, normal = cut("FULL"), cut("NORMAL")
    if full.lost == 0:
        print(f"0 of {CUTS}: with 95 % confidence fewer than {3 / CUTS:.1%} of cuts lose an acknowledged change")
    if normal.lost == 0:
        print("The control lost nothing: this proof is blind.")
    return int(bool(full.lost or full.broken or normal.lost == 0))


if __name__ == "__main__":
    sys.exit(main())
