"""POST /import of a JSON list, against the rows it made written by bare sqlite3 in commits of 1,000."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bare import Finished, copy_schema, open_bare, write_batches
from bench.figures import Figure, at_most, below
from bench.offices import Offices, given_contacts
from bench.runs import Run
from bench.servers import Running, our_server

ROUNDS = 3
MOST_GROWTH_MB = 200.0
_MEGABYTE = 1024 * 1024


def measure(run: Run) -> list[Figure]:
    body = json.dumps(list(given_contacts(run.contacts)), ensure_ascii=False).encode()
    rounds = list(_rounds(run.offices, body, min(run.rounds, ROUNDS)))
    growth = max(found[2] for found in rounds)
    name = f"POST /import of {run.contacts:,} contacts"
    pairs = [(ours, floor) for ours, floor, _growth in rounds]
    note = f"{run.contacts / pairs[-1][0]:,.0f} contacts/s; {len(body) // _MEGABYTE} MB of JSON"
    return [
        at_most(name, pairs, 3.0, "s", note=note),
        below("memory that it took", growth / _MEGABYTE, MOST_GROWTH_MB, "MB", note="VmHWM over what the server had"),
    ]


def _rounds(offices: Offices, body: bytes, rounds: int) -> Iterator[tuple[float, float, int]]:
    """Seconds of ours, seconds of the floor that writes the same rows at once after it, bytes of growth."""
    for _ in range(rounds):
        with offices.copy(0) as folder:
            with our_server(folder) as server:
                seconds, growth = _import(server, body)
            yield seconds, _write_bare(folder / "contacts.db", folder / "bare.db"), growth


def _import(server: Running, body: bytes) -> tuple[float, int]:
    before = server.resident()
    server.forget_peak()
    began = time.perf_counter()
    report = json.loads(server.ask("POST", "/import", body, {"Content-Type": "application/json"}))
    seconds = time.perf_counter() - began
    if report["rejected"] or report["inserted"] != report["total"]:
        raise RuntimeError(f"the import did something else: {report}")
    return seconds, server.resident("VmHWM") - before


def _write_bare(finished_file: Path, bare_file: Path) -> float:
    finished_connection = sqlite3.connect(finished_file)
    bare = open_bare(bare_file)
    copy_schema(finished_connection, bare)
    finished = Finished(finished_connection)
    began = time.perf_counter()
    write_batches(bare, finished)
    seconds = time.perf_counter() - began
    bare.close()
    finished_connection.close()
    return seconds
