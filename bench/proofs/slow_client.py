"""Ten clients stop reading: what the others feel and what the server keeps: `python -m bench.proofs.slow_client`.

Phases in which the ten read and phases in which they do not take turns on one server, so that the machine's own
unrest falls on both alike.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.live.hearing import Heard, hear
from bench.live.telling import Tell, patching
from bench.offices import Offices
from bench.servers import ROOT, Running, environment, our_server

WINDOWS, OTHERS, PER_SECOND, CONTACTS = 100, 10, 20, 5_000
ROUNDS, SECONDS = 9, 12
MOST_RATIO = 1.1
MOST_GROWTH_BYTES = OTHERS * 1_048_576
"""How much more the server may grow beside stuck windows than without, in all rounds together: what so many may leave
untaken at one time (live_sockets.py)."""

READING, STUCK = "bench.live.clients", "bench.live.stuck"


class Round(NamedTuple):
    """The same windows beside ten that read and ten that do not; and by how many bytes the server grew in each."""

    quiet: Heard
    beside_stuck: Heard
    quiet_growth: int
    stuck_growth: int


def main(rounds: int = ROUNDS, seconds: int = SECONDS) -> int:
    print(
        f"{WINDOWS} windows beside {OTHERS} others, {PER_SECOND} changes/s, {rounds} rounds of twice {seconds} s, "
        f"{os.cpu_count()} processors, {platform.platform()}"
    )
    with (
        tempfile.TemporaryDirectory(prefix="callmanager-prove-") as given,
        Offices(Path(given)).copy(CONTACTS) as folder,
        our_server(folder) as server,
        patching(server) as tell,
    ):
        _phase(server, tell, STUCK, seconds)
        found = [_round(server, tell, number, seconds) for number in range(rounds)]
        cut = (folder / "callmanager.log").read_text("utf-8").count("live.line_cut")
    return int(not _is_good(found, cut))


def _round(server: Running, tell: Tell, number: int, seconds: int) -> Round:
    """Both phases; which is first changes from round to round."""
    order = [READING, STUCK] if number % 2 else [STUCK, READING]
    heard, grown = {}, {}
    for others in order:
        before = server.resident()
        heard[others] = _phase(server, tell, others, seconds)
        grown[others] = server.resident() - before
    done = Round(heard[READING], heard[STUCK], grown[READING], grown[STUCK])
    print(
        f"  p99 {done.quiet.p99:.1f} ms, with stuck ones {done.beside_stuck.p99:.1f} ms "
        f"(p50 {done.quiet.p50:.1f} and {done.beside_stuck.p50:.1f}), grew by {done.quiet_growth / 1024:,.0f} KB, "
        f"with stuck ones {done.stuck_growth / 1024:,.0f} KB",
        flush=True,
    )
    return done


def _phase(server: Running, tell: Tell, others: str, seconds: int) -> Heard:
    with _company(server, others):
        return hear(server, WINDOWS, seconds * PER_SECOND, PER_SECOND, tell)


@contextmanager
def _company(server: Running, module: str) -> Iterator[None]:
    """The other ten, in a process of their own."""
    command = [sys.executable, "-m", module, str(server.port), str(OTHERS), server.key]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.communicate()


def _is_good(found: list[Round], cut: int) -> bool:
    late = statistics.median(one.beside_stuck.p99 / one.quiet.p99 for one in found)
    middle = statistics.median(one.beside_stuck.p50 / one.quiet.p50 for one in found)
    lost = sum(one.quiet.lost + one.beside_stuck.lost for one in found)
    quiet, stuck = (
        sum(growth) for growth in zip(*((one.quiet_growth, one.stuck_growth) for one in found), strict=True)
    )
    good = late <= MOST_RATIO and lost == 0 and cut >= OTHERS * len(found) and stuck - quiet <= MOST_GROWTH_BYTES
    print(
        f"a client that stops reading: {'ok' if good else 'FAILED'}; the others' p99 {late:.2f}x (at most "
        f"{MOST_RATIO}x), p50 {middle:.2f}x, {lost} messages lost, {cut} cut off; memory grew by "
        f"{stuck / 1_048_576:.1f} MB beside them, by {quiet / 1_048_576:.1f} MB without"
    )
    return good


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
