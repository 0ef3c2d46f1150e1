"""Searches as people type them, over HTTP on one connection: the time under which 95 of 100 are answered."""

from __future__ import annotations

from urllib.parse import quote

from bench.figures import Figure, below, percentile, told
from bench.load import Findings, Orders, request, run_load
from bench.runs import Run
from bench.servers import Running, our_server

MOST_MS = 30.0
QUERIES = {
    "1 letter": ("a", "z", "8"),
    "2 letters": ("an", "mu", "xq"),
    "3 and more letters": ("mar", "cast", "gutiérrez", "valeria"),
    "two words": ("ana vargas", "soto núñez", "clínica diego", "jose ulloa"),
    "digits inside a number": ("0012", "99", "1005", "8100 12", "+506 7102"),
    "no hits": ("wxyzk", "ana wxyzk", "0000000000", "q"),
}


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        every = [query for queries in QUERIES.values() for query in queries]
        all_found = _search(server, every, run.seconds * 3)
        kinds = {kind: _search(server, queries, run.seconds / 2) for kind, queries in QUERIES.items()}
    note = f"median {percentile(all_found.milliseconds, 0.5):.1f} ms"
    figures = [below(f"search in {run.contacts:,}, p95", _p95(all_found), MOST_MS, "ms", note=note)]
    return figures + [told(f"  {kind}", _p95(found), "ms") for kind, found in kinds.items()]


def _p95(found: Findings) -> float:
    return percentile(found.milliseconds, 0.95)


def _search(server: Running, queries: tuple[str, ...] | list[str], seconds: float) -> Findings:
    asked = [request("GET", f"/contacts?limit=100&q={quote(query)}", server.key) for query in queries]
    return run_load(Orders(server.port, [asked], seconds)).check()
