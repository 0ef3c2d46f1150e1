"""300 clients lose their server and get it back: how, and at what cost. Run: `python -m bench.proofs.restart`."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from bench.figures import percentile
from tests.restarts import Outage, Return, spread_of, suffer

CLIENTS, PROCESSES, CONTACTS, SYNCED_SECONDS = 300, 6, 300, 10.0
SNAPSHOT_SECONDS = 60.0
"""All replicas of this proof are filled by the processors that also serve; in an office each PC fills its own."""

OUTAGES = {
    "stopped, back at once": Outage(CLIENTS, PROCESSES, CONTACTS, 5_000),
    "killed, back at once": Outage(CLIENTS, PROCESSES, CONTACTS, 5_000, orderly=False),
    "killed, away for 20 s": Outage(CLIENTS, PROCESSES, CONTACTS, 5_000, orderly=False, down_seconds=20.0),
    "restored from its backup": Outage(CLIENTS, PROCESSES, CONTACTS, 100, restored=True),
}


def main() -> int:
    print(f"{CLIENTS} clients in {PROCESSES} processes, {os.cpu_count()} processors, {platform.platform()}")
    good = [_prove(name, outage) for name, outage in OUTAGES.items()]
    return int(not all(good))


def _prove(name: str, outage: Outage) -> bool:
    with tempfile.TemporaryDirectory(prefix="callmanager-prove-") as folder:
        back = suffer(Path(folder), outage)
    good = _is_good(outage, back)
    print(f"{name}: {'ok' if good else 'FAILED'}")
    print(f"  synced after the server's first answer: {_shares(back.synced)} s, {len(back.synced)} of {outage.clients}")
    print(
        f"  connections: spread over {spread_of(back.connected):.1f} s (80 %), at most {back.most_connected} in 100 ms"
    )
    print(
        f"  attempts: at most {back.most_attempts} in 100 ms; {back.polling} polled until their socket was open again"
    )
    print(f"  snapshots {back.snapshots.total()}, pages {back.pages.total()}, of {back.largest_page} records at most")
    print(f"  a page took {_shares(back.answer_seconds)} s; questions at once of one client: {1 + back.overlapping}")
    return good


def _is_good(outage: Outage, back: Return) -> bool:
    within = SNAPSHOT_SECONDS if outage.restored else SYNCED_SECONDS
    snapshots = outage.clients if outage.restored else 0
    return (
        len(back.synced) == outage.clients
        and back.synced[-1] < within
        and back.snapshots.total() == snapshots
        and back.overlapping == 0
        and back.largest_page <= outage.page_limit
        and back.most_attempts < outage.clients / 4
    )


def _shares(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    return f"p50 {percentile(seconds, 0.5):.2f}, p99 {percentile(seconds, 0.99):.2f}, most {max(seconds):.2f}"


if __name__ == "__main__":
    sys.exit(main())
