"""What to ask a server, as fast as it answers, and what was found. The asking is another process: bench/callers.py."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.servers import ROOT, environment


@dataclass(frozen=True)
class Orders:
    """For each connection the requests it sends one after the other, from the start again unless `once`; with `pause`
    it waits for so many seconds between an answer and the next request, as a person does."""

    port: int
    requests: Sequence[Sequence[bytes]]
    seconds: float
    once: bool = False
    pause: float = 0.0


@dataclass
class Findings:
    """Requests a second, the milliseconds and sizes of every answer, and how often each status came."""

    per_second: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    body_bytes: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)

    def check(self, status: int = 200) -> Findings:
        """Itself. Raises RuntimeError when an answer had another status: a fast refusal is no figure."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"answers were {self.statuses}, expected {status}")
        return self


def request(method: str, path: str, key: str, body: bytes = b"", headers: str = "") -> bytes:
    """The bytes of one request."""
    lines = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n{headers}"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{lines}{length}\r\n".encode() + body


def run_load(orders: Orders) -> Findings:
    """Carry out the orders in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.callers"],
        input=pickle.dumps(orders),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
        timeout=orders.seconds + 120,
        check=True,
    )
    found = pickle.loads(done.stdout)
    assert isinstance(found, Findings)
    return found
