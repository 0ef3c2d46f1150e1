"""100,000 random calls by 20 clients against contacts that share lines: `python -m bench.proofs.limits [N] [SECONDS]`.

Judged afterwards, from the log of changes, by rules of the judge's own: none passes a limit, none reaches a prohibited
line or person. Controls: the same calls judged by limits that the office did not have are found.
"""

from __future__ import annotations

import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.random_offices import LeapingClock, RandomOffice, open_here, tell

ATTEMPTS, AGENTS, MANAGERS, SEED, MOST_SECONDS = 100_000, 15, 5, 20261129, 1_800.0
ROUND = 250
"""So many attempts, then some hours pass at once."""


def main(attempts: int = ATTEMPTS, most_seconds: float = MOST_SECONDS) -> int:
    with tempfile.TemporaryDirectory(prefix="callmanager-prove-") as folder:
        clock = LeapingClock()
        web, office = open_here(Path(folder), clock, agents=AGENTS, managers=MANAGERS, seed=SEED)
        first, began, dice = clock.now(), time.monotonic(), random.Random(SEED)
        while office.attempts < attempts and (left := began + most_seconds - time.monotonic()) > 0:
            office.work(min(attempts, office.attempts + ROUND), left)
            clock.pass_by(timedelta(minutes=dice.randint(1, 600)))
        seconds, days = time.monotonic() - began, (clock.now() - first).days
        web.services.imports.close()
        good = _is_good(office, seconds, days)
        web.close()
    return int(not good)


def _is_good(office: RandomOffice, seconds: float, days: int) -> bool:
    judging = time.monotonic()
    verdict = office.judged()
    controls = office.controls()
    good = not verdict.broken and all(controls.values())
    print(
        f"limits: {'ok' if good else 'FAILED'}; {AGENTS + MANAGERS} clients, {days} days by their clock, seed {SEED}, "
        f"{seconds:.0f} s and {time.monotonic() - judging:.0f} s of judging, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} processors, {platform.platform()}"
    )
    print(*(f"  {line}" for line in tell(office, verdict)), sep="\n")
    print(f"  controls, calls against limits that the office did not have: {controls}")
    return good


if __name__ == "__main__":
    sys.exit(main(*(int(given) for given in sys.argv[1:])))
