"""Lets many windows hear what one client does to a server, and says how late they heard it and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.live.telling import Tell
from bench.servers import ROOT, Running, environment

LATE_SECONDS = 2.0  # what comes that late still counts


class Heard(NamedTuple):
    """How many messages did not come, milliseconds to the median and to the 99th of 100, and what it cost the server.

    `cpu` is microseconds of its processor for one change: for making it and for telling everybody.
    """

    windows: int
    lost: int
    p50: float
    p99: float
    cpu: float


def hear(
    server: Running,
    windows: int,
    changes: int,
    per_second: float,
    tell: Tell,
    *,
    keys: Sequence[str] = (),
    concerned: int | None = None,
) -> Heard:
    """Connect windows and tell them so many changes.

    The windows use `keys` in turn, the server's own without; `concerned` are those that hear of a change, if not all.
    """
    with _windows(server, windows, ",".join(keys) or server.key) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(10):
            tell(f"warm {number}")  # the windows count only what bears a time
        began, cpu = time.monotonic(), _cpu_seconds(server.pid)
        for number in range(changes):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            tell(f"t={time.monotonic():.6f}")
        time.sleep(LATE_SECONDS)
        cpu = _cpu_seconds(server.pid) - cpu
        process.stdin.close()
        taken, p50, p99 = json.loads(process.stdout.readline())
    return Heard(
        windows, changes * (windows if concerned is None else concerned) - taken, p50, p99, cpu / changes * 1_000_000
    )


@contextmanager
def _windows(server: Running, count: int, keys: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "bench.live.clients", str(server.port), str(count), keys or "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
