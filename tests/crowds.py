"""A crowd of clients in processes of their own around one server, and what they did when it went and came back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.live_server import ROOT, environment

LOOK_SECONDS = 0.1
_MEMORY = Path("/dev/shm")


class Noted(NamedTuple):
    """A line of tests/crowd_member.py."""

    at: float
    client: int
    what: str
    number: int


@dataclass
class Crowd:
    """Running clients. What they noted is read from their files."""

    folder: Path
    clients: int

    def notes(self, since: float = 0.0) -> list[Noted]:
        """Everything noted from that moment on, in order."""
        found = []
        for file in self.folder.glob("notes-*"):
            for line in file.read_text().splitlines():
                at, client, what, number = line.split()
                if float(at) >= since:
                    found.append(Noted(float(at), int(client), what, int(number)))
        return sorted(found)

    def wait(self, is_done: Callable[[list[Noted]], bool], *, since: float, seconds: float) -> list[Noted]:
        """The notes, when they are as wanted. Raises AssertionError when that takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.notes(since)
            if is_done(found):
                return found
            assert time.monotonic() < deadline, f"not all of {self.clients} clients came: {found[-20:]}"
            time.sleep(LOOK_SECONDS)

    def synced_at(self, notes: Sequence[Noted], seq: int) -> dict[int, float]:
        """When each client was complete up to `seq` and followed by socket or, until that is open again, by polling."""
        lives: dict[int, float] = {}
        reached: dict[int, float] = {}
        for note in notes:
            if note.what in {"live", "polling"}:
                lives.setdefault(note.client, note.at)
            elif note.what in {"offline", "signed_out"}:
                lives.pop(note.client, None)
            elif note.what == "applied" and note.number >= seq:
                reached.setdefault(note.client, note.at)
        return {client: max(at, reached[client]) for client, at in lives.items() if client in reached}

    def wait_synced(self, seq: int, *, since: float, seconds: float) -> dict[int, float]:
        """Wait until all are live and complete up to `seq`; says when each was."""
        notes = self.wait(lambda found: len(self.synced_at(found, seq)) == self.clients, since=since, seconds=seconds)
        return self.synced_at(notes, seq)


@contextmanager
def gathered(
    url: str, keys: Sequence[str], *, clients: int, processes: int, page_limit: int = 5_000
) -> Iterator[Crowd]:
    """Start the clients; leaving the block closes them. Their files are kept in memory where there is a place for it:
    in an office they are not all on one disk, and not on the server's."""
    with TemporaryDirectory(prefix="crowd-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield from _run(Path(folder), url, keys, clients=clients, processes=processes, page_limit=page_limit)


def _run(
    folder: Path, url: str, keys: Sequence[str], *, clients: int, processes: int, page_limit: int
) -> Iterator[Crowd]:
    running = []
    share = -(-clients // processes)
    for first in range(0, clients, share):
        count = min(share, clients - first)
        where = [url, str(folder), str(first), str(count), str(page_limit)]
        command = [sys.executable, "-m", "tests.crowd_member", *where, *keys]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE))
    try:
        yield Crowd(folder, clients)
    finally:
        for process in running:
            process.communicate(timeout=60)


def most_at_once(moments: Sequence[float], seconds: float = 0.1) -> int:
    """The most of these that fall within so many seconds."""
    ordered, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
