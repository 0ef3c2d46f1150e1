"""Prints the table: `python -m bench [--small] [--folder DIR] [ROW ...]`. Without names, every row."""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, save, table
from bench.runs import Run, full, small
from bench.servers import ROOT

ROWS = (
    "imports",
    "pages",
    "edits",
    "sync",
    "search",
    "start",
    "audit",
    "backup",
    "stream",
    "guests",
    "live",
    "teams",
    "window",
    "calls",
    "phone",
    "neighbours",
    "sign_ins",
)


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="callmanager-bench-") as folder:
        run = (small if asked.small else full)(asked.folder or Path(folder))
        figures = measure(run, asked.rows or ROWS)
    save(figures, ROOT / "artifacts" / "bench.json", size="small" if asked.small else "full")
    print(f"\n{table(figures)}\n\nThe figures are in artifacts/bench.json too.")


def measure(run: Run, rows: Sequence[str]) -> list[Figure]:
    """The figures of the named rows, in their order."""
    figures: list[Figure] = []
    for name in rows:
        began = time.monotonic()
        found: list[Figure] = importlib.import_module(f"bench.rows.{name}").measure(run)
        print(f"\n{table(found)}\n({name}: {time.monotonic() - began:.0f} s)", flush=True)
        figures += found
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one or more of: {', '.join(ROWS)}")
    parser.add_argument("--small", action="store_true", help="a quick look at 5,000 contacts")
    parser.add_argument("--folder", type=Path, help="keep the offices here and use those that are there")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; choose from {', '.join(ROWS)}")
    return asked


if __name__ == "__main__":
    main()
