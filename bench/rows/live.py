"""Live updates: from a PATCH to each of many windows, against bare python-socketio emitting the same bytes.

The floor saves nothing: what a message costs is told with the PATCH in it (that is what is promised) and without.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, at_most, below, beside, told
from bench.live.hearing import Heard, hear
from bench.live.telling import emitting, patching
from bench.load import Orders, request, run_load
from bench.runs import Run
from bench.servers import Running, live_floor, our_server

SIZES = ((20, 20), (200, 20), (500, 20), (1_000, 10))
"""Windows, and changes a second."""

BESIDE_READERS = 200
READERS = 4
PAGE = 5_000


class Pair(NamedTuple):
    """Ours and the floor, each with so many windows and with none."""

    ours: Heard
    bare: Heard
    ours_alone: Heard
    bare_alone: Heard


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    with run.offices.copy(run.contacts) as folder:
        for windows, rate in SIZES:
            figures += _compare(run, folder, windows, rate)
        figures.append(_beside_readers(run, folder))
    return figures


def _compare(run: Run, folder: Path, windows: int, rate: int) -> list[Figure]:
    changes = int(run.seconds * 2 * rate)
    with our_server(folder) as server, patching(server) as tell:
        ours_alone, ours = hear(server, 0, changes, rate, tell), hear(server, windows, changes, rate, tell)
        memory = server.resident() / 1_048_576
    with live_floor(folder) as server, emitting(server) as tell:
        bare_alone, bare = hear(server, 0, changes, rate, tell), hear(server, windows, changes, rate, tell)
    return _figures(f"live, {windows} windows, {rate}/s", Pair(ours, bare, ours_alone, bare_alone), memory)


def _figures(name: str, found: Pair, memory: float) -> list[Figure]:
    ours, bare = found.ours, found.bare
    windows = ours.windows
    late = 0.5 if windows >= 1_000 else 1
    fan_out = [((ours.cpu - found.ours_alone.cpu) / windows, (bare.cpu - found.bare_alone.cpu) / windows)]
    note = f"a PATCH alone {found.ours_alone.cpu:,.0f} us, a bare POST {found.bare_alone.cpu:,.0f} us"
    return [
        at_most(f"{name}: p99", [(ours.p99, bare.p99)], late, "ms", note=f"p50 {ours.p50:.1f} against {bare.p50:.1f}"),
        at_most(f"{name}: CPU per message", [(ours.cpu / windows, bare.cpu / windows)], 0.6, "us", note=note),
        beside(f"{name}: CPU without the PATCH", fan_out, "us"),
        below(f"{name}: lost", ours.lost, 1, "messages", note=f"the floor lost {bare.lost}"),
        told(f"{name}: memory", memory, "MB"),
    ]


def _beside_readers(run: Run, folder: Path) -> Figure:
    rate = 20
    changes = int(run.seconds * 2 * rate)
    with our_server(folder) as server, patching(server) as tell:
        quiet = hear(server, BESIDE_READERS, changes, rate, tell)
        with _readers(server, changes / rate + 5):
            busy = hear(server, BESIDE_READERS, changes, rate, tell)
    work = f"live, {BESIDE_READERS} windows beside {READERS} readers of {PAGE:,}: p99"
    return at_most(work, [(busy.p99, quiet.p99)], 2, "ms", note=f"p50 {busy.p50:.1f} against {quiet.p50:.1f}")


@contextmanager
def _readers(server: Running, seconds: float) -> Iterator[None]:
    """Programs that read one large page after another meanwhile."""
    page = [request("GET", f"/contacts?limit={PAGE}", server.key)]
    reading = threading.Thread(target=run_load, args=[Orders(server.port, [page] * READERS, seconds)])
    reading.start()
    yield
    reading.join()
