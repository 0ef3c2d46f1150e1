"""From a fresh process to the first answer of /health, against a fresh interpreter that imports the big libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure, at_most, beside, interleaved
from bench.runs import Run
from bench.servers import environment, our_server

FLOOR = "import flask, sqlalchemy, socketio"


def measure(run: Run) -> list[Figure]:
    offices = run.offices
    with offices.copy(0) as empty:
        _start(empty)  # compiled files and the disk's cache are warm for both
        found = interleaved(run.rounds, lambda: _start(empty), _import_libraries)
    fresh = interleaved(run.rounds, _in_no_folder(run), _import_libraries)
    with offices.copy(run.contacts) as full:
        many = interleaved(run.rounds, lambda: _start(full), _import_libraries)
    return [
        at_most("start to first answer, no contacts", _milliseconds(found), 2.0, "ms"),
        at_most(f"start to first answer, {run.contacts:,} contacts", _milliseconds(many), 2.5, "ms"),
        beside("start to first answer, new folder", _milliseconds(fresh), "ms", note="makes database, secret and user"),
    ]


def _start(folder: Path) -> float:
    """Seconds from the start of the process to its answer."""
    began = time.perf_counter()
    with our_server(folder):
        return time.perf_counter() - began


def _in_no_folder(run: Run) -> Callable[[], float]:
    def start() -> float:
        with run.offices.empty() as folder:
            return _start(folder)

    return start


def _import_libraries() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", FLOOR], env=environment(), check=True)
    return time.perf_counter() - began


def _milliseconds(found: list[tuple[float, ...]]) -> list[tuple[float, float]]:
    return [(ours * 1000, floor * 1000) for ours, floor in found]
