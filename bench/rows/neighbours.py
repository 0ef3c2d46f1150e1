"""What people wait for while long work goes on: an import, its undo, a backup, the check of the log, an export.

A crowd of people edits and reads with pauses, quiet and beside each kind of work in turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.figures import Figure, at_most, percentile, told
from bench.load import Findings, Orders, request, run_load
from bench.offices import given_contacts
from bench.rows.edits import Patches
from bench.runs import Run
from bench.servers import Running, our_server

EDITORS = 4
READERS = 4
PAUSE_SECONDS = 0.02
PIECE_SECONDS = 1.0
TIMES = 3.0
MOST_PIECES = 60
LIST = "/contacts?limit=50"


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        crowd = Crowd(run, server)
        body = json.dumps(list(given_contacts(run.contacts * 3 // 2))[run.contacts :], ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json"}
        name = f"{run.contacts // 2:,} contacts"
        report, found = _beside(crowd, f"{name} are imported", lambda: server.ask("POST", "/import", body, sent))
        figures += found
        undo = f"/imports/{json.loads(report)['import_id']}/undo"
        figures += _beside(crowd, f"{name} are taken back", lambda: server.ask("POST", undo))[1]
        figures += _beside(crowd, "a backup is taken", lambda: server.ask("POST", "/backups"))[1]
        figures += _beside(crowd, "the log is verified", lambda: server.get("/audit/verify"))[1]
        figures += _beside(crowd, "a workbook is exported", lambda: server.get("/export?format=xlsx"))[1]
    return figures


@dataclass
class Crowd:
    """People who edit and people who read."""

    run: Run
    server: Running

    def work(self) -> tuple[Findings, Findings]:
        """What editors and readers found in a piece of time."""
        edits = Patches(self.run, self.server, EDITORS).orders(PIECE_SECONDS)
        reading = [[request("GET", LIST, self.server.key)]] * READERS
        reads = Orders(self.server.port, reading, PIECE_SECONDS, pause=PAUSE_SECONDS)
        with ThreadPoolExecutor(2) as threads:
            asked = [threads.submit(run_load, orders) for orders in (_paused(edits), reads)]
            edited, read = (future.result().check() for future in asked)
        return edited, read


def _paused(orders: Orders) -> Orders:
    return Orders(orders.port, orders.requests, orders.seconds, once=True, pause=PAUSE_SECONDS)


def _beside(crowd: Crowd, name: str, work: Callable[[], bytes]) -> tuple[bytes, list[Figure]]:
    """The answer to the work, and what people waited beside it. It is done again until it was measured long enough."""
    quiet = _together([crowd.work() for _ in range(3)])
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(work()))
    thread.start()
    pieces = []
    while thread.is_alive() and len(pieces) < MOST_PIECES:
        pieces.append(crowd.work())
    thread.join()
    busy = _together(pieces)
    return answers[0], [
        figure for index, who in enumerate(("PATCH", "GET")) for figure in _figures(f"{who} while {name}", busy[index], quiet[index])
    ]


def _together(pieces: list[tuple[Findings, Findings]]) -> tuple[list[float], list[float]]:
    return tuple([ms for piece in pieces for ms in piece[index].milliseconds] for index in (0, 1))


def _figures(name: str, busy: list[float], quiet: list[float]) -> list[Figure]:
    p95 = (percentile(busy, 0.95), percentile(quiet, 0.95))
    note = f"p50 {percentile(busy, 0.5):.1f} against {percentile(quiet, 0.5):.1f}, worst {max(busy):.0f}; {len(busy)} requests"
    return [at_most(f"{name}: p95", [p95], TIMES, "ms", note=note)]
