"""People who edit and people who read, with pauses, while something else keeps the server busy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bench.figures import Figure, at_most, percentile
from bench.load import Orders, request, run_load
from bench.rows.edits import Patches
from bench.runs import Run
from bench.servers import Running

EDITORS = 4
READERS = 4
PAUSE_SECONDS = 0.02
QUIET_PIECES = 3
MOST_PIECES = 60
LIST = "/contacts?limit=50"


class Waits(NamedTuple):
    """Milliseconds that each PATCH and each GET took."""

    edits: list[float]
    reads: list[float]


@dataclass
class Beside:
    """What the crowd waited with nothing else going on, and beside some work; `answer` is what the work gave."""

    quiet: Waits
    busy: Waits
    answer: list[bytes] = field(default_factory=list)

    def figures(self, name: str, times: float) -> list[Figure]:
        """p95 of both kinds beside the work, against the same without it."""
        pairs = zip(("PATCH", "GET"), self.busy, self.quiet, strict=True)
        return [_figure(f"{kind} while {name}: p95", busy, quiet, times) for kind, busy, quiet in pairs]


@dataclass
class Crowd:
    """The people. A piece of their work is as long as `piece_seconds`."""

    run: Run
    server: Running
    piece_seconds: float = 1.0

    def beside(self, work: Callable[[], bytes]) -> Beside:
        """Let them work alone, then for as long as `work` takes, and alone again: a machine that grows busier is not
        taken for the work."""
        quiet = [self.work() for _ in range(QUIET_PIECES)]
        answer: list[bytes] = []
        thread = threading.Thread(target=lambda: answer.append(work()))
        thread.start()
        pieces = [self.work()]
        while thread.is_alive() and len(pieces) < MOST_PIECES:
            pieces.append(self.work())
        thread.join()
        if not answer:
            raise RuntimeError("the work beside the crowd failed")
        quiet += [self.work() for _ in range(QUIET_PIECES)]
        return Beside(_together(quiet), _together(pieces), answer)

    def work(self) -> Waits:
        """One piece of everybody's work."""
        edits = replace(Patches(self.run, self.server, EDITORS).orders(self.piece_seconds), pause=PAUSE_SECONDS)
        reading = [[request("GET", LIST, self.server.key)]] * READERS
        reads = Orders(self.server.port, reading, self.piece_seconds, pause=PAUSE_SECONDS)
        with ThreadPoolExecutor(2) as threads:
            asked = [threads.submit(run_load, orders) for orders in (edits, reads)]
            return Waits(*(future.result().check().milliseconds for future in asked))


def _together(pieces: list[Waits]) -> Waits:
    return Waits([ms for piece in pieces for ms in piece.edits], [ms for piece in pieces for ms in piece.reads])


def _figure(name: str, busy: list[float], quiet: list[float], times: float) -> Figure:
    middle = f"p50 {percentile(busy, 0.5):.1f} against {percentile(quiet, 0.5):.1f}"
    note = f"{middle}, worst {max(busy):.0f}; {len(busy)} requests"
    return at_most(name, [(percentile(busy, 0.95), percentile(quiet, 0.95))], times, "ms", note=note)
