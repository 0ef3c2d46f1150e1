"""A whole call over HTTP by one client, its lease and its three requests, against bare sqlite3 that commits as often.

A call is the lease, POST /calls, PATCH of its steps, its outcome, and the release: five commits that must be durable.
"""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from bench.figures import Figure, beside, interleaved, percentile, told
from bench.rows.edits import bare_edits
from bench.runs import Run
from bench.servers import Running, our_server

COMMITS = 5
STEPS = [
    {"state": "dialing", "confidence": "observed", "ago": 0.3},
    {"state": "ringing", "confidence": "observed", "ago": 0.2},
    {"state": "ended", "confidence": "observed", "cause": "busy", "ago": 0.1},
]


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder:
        floor = folder / "floor.db"
        floor.write_bytes((folder / "contacts.db").read_bytes())
        with our_server(folder) as server:
            caller = Caller(server)
            found = interleaved(
                run.rounds, lambda: caller.commits_per_second(run.seconds), lambda: bare_edits(floor, run.seconds)
            )
            caller.close()
    calls = [ours / COMMITS for ours, _floor in found]
    slow = f"p95 of POST /calls {percentile(caller.dials, 0.95) * 1000:.1f} ms"
    return [
        beside("a whole call, 1 client", [(pair[0], pair[1]) for pair in found], "commits/s", note=slow),
        told("  whole calls", percentile(calls, 0.5), "calls/s"),
    ]


class Caller:
    """One agent over one connection; each call is to the next contact. `dials` are the seconds of every POST /calls."""

    def __init__(self, server: Running) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._key = server.key
        self._contact_id = 0
        self.dials: list[float] = []

    def commits_per_second(self, seconds: float) -> float:
        began = time.perf_counter()
        calls = 0
        while time.perf_counter() < began + seconds:
            self._call()
            calls += 1
        return calls * COMMITS / (time.perf_counter() - began)

    def close(self) -> None:
        self._connection.close()

    def _call(self) -> None:
        self._contact_id += 1
        contact = f"/contacts/{self._contact_id}"
        number = self._ask("GET", contact)["phone"]
        token = self._ask("PUT", f"{contact}/lock", {"purpose": "call"})["token"]
        wanted = {"contact_id": self._contact_id, "lease_token": token, "number": number, "driver": "simulated"}
        began = time.perf_counter()
        call_id = self._ask("POST", "/calls", wanted)["id"]
        self.dials.append(time.perf_counter() - began)
        self._ask("PATCH", f"/calls/{call_id}", {"steps": STEPS})
        self._ask("POST", f"/calls/{call_id}/disposition", {"disposition": "OCUPADO"})
        self._ask("DELETE", f"{contact}/lock", headers={"Lease-Token": str(token)})

    def _ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        sent = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, sent, {"X-API-Key": self._key, **kind, **(headers or {})})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
        return json.loads(answer) if answer else None
