"""A backup of the running server, and how long writers wait meanwhile."""

from __future__ import annotations

import json
import threading
import time

from bench.figures import Figure, percentile, told
from bench.load import Findings, Orders, run_load
from bench.rows.edits import Patches
from bench.runs import Run
from bench.servers import Running, our_server

WRITERS = 4


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        patches = Patches(run, server, WRITERS)
        alone = patches.load()
        seconds, meanwhile = _backup_under_load(server, patches.orders(seconds=run.seconds * 2))
        size = (folder / "contacts.db").stat().st_size / 1024**2
    return [
        told(
            f"backup of {run.contacts:,} contacts, with {WRITERS} writers",
            seconds,
            "s",
            note=f"{size:.0f} MB, verified",
        ),
        told("  writers' p99 during it", percentile(meanwhile.milliseconds, 0.99), "ms"),
        told("  writers' p99 without it", percentile(alone.milliseconds, 0.99), "ms"),
    ]


def _backup_under_load(server: Running, orders: Orders) -> tuple[float, Findings]:
    found: list[Findings] = []
    writers = threading.Thread(target=lambda: found.append(run_load(orders)))
    writers.start()
    time.sleep(0.3)  # the writers' process is on its way
    began = time.perf_counter()
    taken = json.loads(server.ask("POST", "/backups"))
    seconds = time.perf_counter() - began
    writers.join()
    if not taken["name"]:
        raise RuntimeError(f"no backup: {taken}")
    return seconds, found[0].check()
