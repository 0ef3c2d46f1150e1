"""GET /contacts without a limit, everything as a stream, against reading as many bytes from a file."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Figure, beside, interleaved
from bench.runs import Run
from bench.servers import Running, our_server


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        every = folder / "everything.json"
        every.write_bytes(server.get("/contacts"))
        size = every.stat().st_size / 1024**2
        found = interleaved(run.rounds, lambda: _rate(server, size), lambda: _read(every, size))
    return [
        beside(f"GET /contacts, all {run.contacts:,}", [(f[0], f[1]) for f in found], "MB/s", note=f"{size:.0f} MB")
    ]


def _rate(server: Running, size: float) -> float:
    began = time.perf_counter()
    server.get("/contacts")
    return size / (time.perf_counter() - began)


def _read(file: Path, size: float) -> float:
    began = time.perf_counter()
    file.read_bytes()
    return size / (time.perf_counter() - began)
