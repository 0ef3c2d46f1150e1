"""What others wait for while a hundred people sign in at once, with passwords that cost what they cost in an office."""

from __future__ import annotations

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from bench.crowd import Beside, Crowd
from bench.figures import Figure, below, percentile, told
from bench.runs import Run
from bench.servers import Running, our_server

PEOPLE = 100
TIMES = 2.0
SETTINGS = ("BCRYPT_COST=12", "LOGIN_PER_MINUTE=1000")
JSON = {"Content-Type": "application/json"}
ACCOUNT = {"username": "turno", "password": "lluvia mesa tren"}
NEW = {**ACCOUNT, "role": "agent", "must_change_password": False}
"""Made by the server itself, so that its hash has the cost of the settings, not the cheap one of the bench."""


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder, our_server(folder, settings=SETTINGS) as server:
        server.ask("POST", "/users", json.dumps(NEW).encode(), JSON)
        alone = statistics.median(_sign_in(server) for _ in range(5))
        waited: list[float] = []
        found = Crowd(run, server).beside(lambda: _everybody(server, waited))
    return [
        *found.figures(f"{PEOPLE} people sign in", TIMES),
        below("  the worst of them", _worst(found), alone, "ms", note="one sign-in alone is the bound"),
        told("  a sign-in, p50", percentile(waited, 0.5), "ms", note=f"the last after {max(waited) / 1000:.1f} s"),
    ]


def _worst(found: Beside) -> float:
    return max(*found.busy.edits, *found.busy.reads)


def _everybody(server: Running, waited: list[float]) -> bytes:
    with ThreadPoolExecutor(PEOPLE) as threads:
        waited += threads.map(lambda _number: _sign_in(server), range(PEOPLE))
    return b"done"


def _sign_in(server: Running) -> float:
    """Milliseconds until the token is there."""
    began = time.perf_counter()
    server.ask("POST", "/auth/login", json.dumps(ACCOUNT).encode(), JSON)
    return (time.perf_counter() - began) * 1000
