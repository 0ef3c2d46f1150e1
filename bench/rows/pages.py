"""GET /contacts?limit=100 over 16 connections, against the same bytes ready-made in the same stack, and a2wsgi."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode

from bench.figures import Figure, at_least, interleaved, percentile
from bench.load import Findings, Orders, request, run_load
from bench.runs import Run
from bench.servers import Running, floor_server, our_server

CONNECTIONS = 16
REQUESTS = 200
LIMIT = 100


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, our_server(folder) as ours:
        body = folder / "page.json"
        body.write_bytes(ours.get(f"/contacts?limit={LIMIT}"))
        with floor_server("ours", body) as floor, floor_server("a2wsgi", body) as reference:
            return _figures(run, ours, floor, reference)


def _figures(run: Run, ours: Running, floor: Running, reference: Running) -> list[Figure]:
    latest: list[Findings] = []

    def pages() -> float:
        latest.append(_load(run, ours, _paths(run)).check())
        return latest[-1].per_second

    found = interleaved(
        run.rounds,
        pages,
        lambda: _load(run, floor, ["/contacts?limit=100"]).check().per_second,
        lambda: _load(run, reference, ["/contacts?limit=100"]).check().per_second,
    )
    note = f"p95 {percentile(latest[-1].milliseconds, 0.95):.0f} ms"
    return [
        at_least(
            "GET /contacts?limit=100, 16 connections", [(f[0], f[1]) for f in found], 0.5, "requests/s", note=note
        ),
        at_least("that floor against a2wsgi", [(f[1], f[2]) for f in found], 2.0, "requests/s"),
    ]


def _paths(run: Run) -> list[str]:
    """The first page and pages from anywhere, with cursors as the server writes them."""
    dice = random.Random(2)
    starts = [dice.randrange(0, run.contacts - LIMIT) for _ in range(REQUESTS)]
    return ["/contacts?limit=100", *(f"/contacts?limit=100&cursor={cursor_after(start)}" for start in starts)]


def cursor_after(contact_id: int) -> str:
    """The cursor of the page that follows a contact, in the order of ids."""
    text = json.dumps(["id", None, contact_id], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _load(run: Run, server: Running, paths: list[str]) -> Findings:
    requests = [request("GET", path, server.key) for path in paths]
    turned = [requests[index:] + requests[:index] for index in range(CONNECTIONS)]
    return run_load(Orders(server.port, turned, run.seconds))
