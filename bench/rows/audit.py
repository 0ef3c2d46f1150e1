"""Verifying the chain of the whole log, against reading the same rows."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from bench.figures import Figure, beside, interleaved
from bench.offices import open_services
from bench.runs import Run
from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.engine import Storage

PER = 100_000


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, open_services(folder) as services:
        database = folder / "contacts.db"
        scale = PER / run.contacts
        found = interleaved(run.rounds, lambda: _verify(services.storage), lambda: _read(database))
    pairs = [(ours * scale, floor * scale) for ours, floor in found]
    return [beside("audit verify, 100,000 changes", pairs, "s", note="the floor fetches the rows")]


def _verify(storage: Storage) -> float:
    began = time.perf_counter()
    if not (report := verify_log(storage)).ok:
        raise RuntimeError(f"the chain is broken: {report}")
    return time.perf_counter() - began


def _read(database: Path) -> float:
    began = time.perf_counter()
    connection = sqlite3.connect(database)
    connection.execute("SELECT * FROM changes ORDER BY seq").fetchall()
    connection.close()
    return time.perf_counter() - began
