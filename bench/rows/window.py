"""The agents' window over a replica: usable, typing, scrolling, live changes, memory, and its first full sync."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figure, at_most, below, interleaved, percentile
from bench.runs import Run
from bench.servers import environment, our_server
from bench.window.filling import fill, read_alone
from tests.hidden_screens import open_screen

FEW = 1_000


def measure(run: Run) -> list[Figure]:
    many, few = run.folder / "window-many", run.folder / "window-few"
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        syncs = interleaved(run.rounds, lambda: fill(server, many), lambda: read_alone(server))
    with run.offices.copy(FEW) as folder, our_server(folder) as server:
        fill(server, few)
    with open_screen() as display:
        probes = interleaved_probes(display, run.rounds, many, few)
    large, small = [pair[0] for pair in probes], [pair[1] for pair in probes]
    sizes = [(a["resident"] / 2**20, b["resident"] / 2**20) for a, b in zip(large, small, strict=True)]
    over = f"{run.contacts:,} contacts"
    first_sync = [(ours * 1000, floor * 1000) for ours, floor in syncs]
    return [
        below(f"window usable over {over}", max(found["usable"] for found in large), 1_000, "ms", note="slowest start"),
        _p95("keystroke to rows, p95", large, "keys", 100),
        _p95("scroll step, p95", large, "scrolls", 16),
        _p95("live change to screen, p95", large, "news", 50),
        at_most(f"window's memory over {over}", sizes, 1.3, "MiB", note=f"floor: over {FEW:,}"),
        at_most(f"first full sync of {over}", first_sync, 2.5, "ms", note="floor: the bytes with requests alone"),
    ]


def interleaved_probes(display: str, rounds: int, many: Path, few: Path) -> list[tuple[dict[str, Any], ...]]:
    """What a window says over many contacts and over few, in turns."""
    return [tuple(_probe(display, folder) for folder in (many, few)) for _ in range(max(1, rounds // 2))]


def _probe(display: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.window.probe", str(folder)]
    done = subprocess.run(
        command, env={**os.environ, **environment(), "DISPLAY": display}, check=True, stdout=subprocess.PIPE
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _p95(work: str, found: list[dict[str, Any]], kind: str, most: float) -> Figure:
    values = [value for one in found for value in one[kind]]
    return below(work, percentile(values, 0.95), most, "ms", note=f"median {percentile(values, 0.5):.1f} ms")
