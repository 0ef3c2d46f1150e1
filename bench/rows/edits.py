"""PATCH of one field by 1 and by 8 clients, against bare sqlite3 doing the same row, change and commit with FULL."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from bench.bare import open_bare
from bench.figures import Figure, at_least, beside, interleaved, percentile
from bench.load import Findings, Orders, request, run_load
from bench.runs import Run
from bench.servers import Running, our_server

MOST_PER_SECOND = 6_000
_UPDATE = "UPDATE contacts SET seq = ?, version = ?, note = ?, updated_at = ?, wire = ? WHERE id = ?"
_HEAD = "UPDATE log_head SET seq = ?, set_id = ?, at = ?, hash = ? WHERE id = 1"


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder:
        floor = folder / "floor.db"
        floor.write_bytes((folder / "contacts.db").read_bytes())
        with our_server(folder) as ours:
            one, eight = Patches(run, ours, 1), Patches(run, ours, 8)
            found = interleaved(run.rounds, one.per_second, eight.per_second, lambda: bare_edits(floor, run.seconds))
        sizes = "" if not eight.latest else f"p95 {percentile(eight.latest.milliseconds, 0.95):.1f} ms"
    return [
        beside("PATCH one field, 1 client", [(f[0], f[2]) for f in found], "commits/s"),
        at_least("PATCH one field, 8 clients", [(f[1], f[2]) for f in found], 0.5, "commits/s", note=sizes),
    ]


class Patches:
    """Each client edits a contact of its own, again and again, and knows which version comes next."""

    def __init__(self, run: Run, server: Running, clients: int) -> None:
        self._server = server
        self._seconds = run.seconds
        self._ids = range(clients * 10, clients * 11)
        self.latest: Findings | None = None

    def per_second(self) -> float:
        self.latest = self.load()
        return self.latest.per_second

    def load(self) -> Findings:
        return run_load(self.orders(self._seconds)).check()

    def orders(self, seconds: float) -> Orders:
        count = int(seconds * MOST_PER_SECOND / len(self._ids))
        requests = [self._requests(contact_id, count) for contact_id in self._ids]
        return Orders(self._server.port, requests, seconds, once=True)

    def _requests(self, contact_id: int, count: int) -> list[bytes]:
        first = json.loads(self._server.get(f"/contacts/{contact_id}"))["version"]
        return [self._request(contact_id, version) for version in range(first, first + count)]

    def _request(self, contact_id: int, version: int) -> bytes:
        body = b'{"note":"called at %d"}' % version
        headers = f'If-Match: "{version}"\r\nContent-Type: application/json\r\n'
        return request("PATCH", f"/contacts/{contact_id}", self._server.key, body, headers)


def bare_edits(database: Path, seconds: float) -> float:
    """Commits a second of the same writes, straight into sqlite3 by one thread, with every value ready."""
    connection = open_bare(database)
    edit = _editor(connection)
    began = time.perf_counter()
    count = 0
    while time.perf_counter() < began + seconds:
        edit(count)
        count += 1
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


def _editor(connection: sqlite3.Connection) -> Callable[[int], None]:
    contact_id, version, wire = connection.execute("SELECT id, version, wire FROM contacts WHERE id = 7").fetchone()
    change = connection.execute("SELECT * FROM changes ORDER BY seq DESC LIMIT 1").fetchone()
    head = connection.execute("SELECT seq, set_id, at, hash FROM log_head").fetchone()
    insert = f"INSERT INTO changes VALUES ({','.join('?' * len(change))})"

    def edit(number: int) -> None:
        seq, at = head[0] + number + 1, head[2]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_UPDATE, (seq, version + number, f"called at {number}", at, wire, contact_id))
        connection.execute(insert, (seq, head[1] + number + 1, *change[2:]))
        connection.execute(_HEAD, (seq, head[1] + number + 1, at, head[3]))
        connection.execute("COMMIT")

    return edit
