"""Live updates: from a PATCH to each of many windows, against bare python-socketio emitting the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, at_most, told
from bench.runs import Run
from bench.servers import ROOT, Running, environment, live_floor, our_server

WINDOWS = (20, 200, 500)
PER_SECOND = 20
CONTACT = 7

Tell = Callable[[str], None]


class Heard(NamedTuple):
    """What the windows took: changes, milliseconds to the median and to the 99th of 100, and its cost in the server."""

    changes: int
    p50: float
    p99: float
    cpu_microseconds: float


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    with run.offices.copy(run.contacts) as folder:
        for windows in WINDOWS:
            with our_server(folder) as ours:
                mine = hear(ours, windows, run.seconds * 2, patching(ours))
                memory = ours.resident() / 1_048_576
            with live_floor(folder) as floor:
                bare = hear(floor, windows, run.seconds * 2, emitting(floor, json.loads(SAMPLE)))
            figures += _figures(windows, mine, bare, memory)
    return figures


def _figures(windows: int, mine: Heard, bare: Heard, memory: float) -> list[Figure]:
    name = f"live, {windows} windows, {PER_SECOND}/s"
    return [
        at_most(f"{name}: p99", [(mine.p99, bare.p99)], 1, "ms", note=f"p50 {mine.p50:.1f} against {bare.p50:.1f}"),
        at_most(f"{name}: CPU per message", [(mine.cpu_microseconds, bare.cpu_microseconds)], 0.6, "us"),
        told(f"{name}: memory", memory, "MB", note=f"{mine.changes} changes taken"),
    ]


def hear(server: Running, windows: int, seconds: float, tell: Tell) -> Heard:
    """Connect windows and tell them PER_SECOND changes a second."""
    with _windows(server, windows) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        began, cpu = time.monotonic(), _cpu_seconds(server.pid)
        count = int(seconds * PER_SECOND)
        for number in range(count):
            time.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
            tell(f"t={time.monotonic():.6f}")
        time.sleep(2.0)  # what is late still counts
        cpu = _cpu_seconds(server.pid) - cpu
        process.stdin.close()
        changes, p50, p99 = json.loads(process.stdout.readline())
    if changes != count * windows:
        raise RuntimeError(f"{windows} windows took {changes} of {count * windows} changes")
    return Heard(changes, p50, p99, cpu / changes * 1_000_000)


@contextmanager
def _windows(server: Running, count: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "bench.live.clients", str(server.port), str(count), server.key or "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


def patching(server: Running) -> Tell:
    """A real PATCH: commit, audit and hash."""
    version = json.loads(server.get(f"/contacts/{CONTACT}"))["version"]

    def tell(note: str) -> None:
        nonlocal version
        body = json.dumps({"note": note}).encode()
        server.ask("PATCH", f"/contacts/{CONTACT}", body, {"If-Match": f'"{version}"'})
        version += 1

    return tell


def emitting(server: Running, message: dict[str, object]) -> Tell:
    """The same message, with nothing saved."""
    text = json.dumps(message)

    def tell(note: str) -> None:
        server.ask("POST", "/emit", text.replace("NOTE", note).encode())

    return tell


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


_INSTANT = "2026-11-22T12:27:33.928Z"
_RECORD = {
    "id": 7, "phone": "81000006", "phone_e164": "+50681000006", "phone_valid": True,
    "phones": [{"number": "81000006", "e164": "+50681000006", "label": "", "valid": True, "key": "+50681000006"}],
    "name": "María José Gutiérrez Núñez", "email": "", "company": "", "note": "NOTE", "status": "SIN_GESTIONAR",
    "team_id": None, "campaign_id": None, "assigned_to": None, "extra": {}, "attempts": 0, "last_called_at": None,
    "last_called_by": None, "next_call_at": None, "do_not_call": False, "merged_into": None, "version": 3, "seq": 21,
    "created_at": _INSTANT, "updated_at": _INSTANT, "archived_at": None, "lock": None,
}  # fmt: skip
_CHANGE = {
    "seq": 21, "set_id": 6, "at": _INSTANT, "actor": {"id": 1, "name": "admin"}, "origin": "api", "origin_id": None,
    "entity": "contact", "record_id": 7, "kind": "updated", "fields": {"note": ["NOTE", "NOTE"]},
}  # fmt: skip
SAMPLE = json.dumps(
    {
        "epoch": "58f65183-106f-4e14-91a1-f9635a371c3c",
        "prev": 20,
        "seq": 21,
        "changes": [_CHANGE],
        "records": {"contact": [_RECORD]},
        "deleted": {},
    }
)
"""What our server tells of such a PATCH."""
