"""Catching up after 1 % of the contacts changed, against loading everything, in pages as clients do."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.figures import Figure, at_most, interleaved
from bench.offices import open_services
from bench.runs import Run
from bench.servers import Running, our_server
from callmanager.server.changes.entities import CONTACT

PAGE = 5_000


def measure(run: Run) -> list[Figure]:
    with run.offices.copy(run.contacts) as folder:
        since = _change_one_percent(folder, run.contacts)
        with our_server(folder) as server:
            epoch = json.loads(server.get("/sync/snapshot?limit=1"))["epoch"]
            found = interleaved(
                run.rounds, lambda: _seconds(server, epoch, since), lambda: _seconds(server, epoch, None)
            )
            sizes = [(_pull(server, epoch, since), _pull(server, epoch, None))]
    work = "sync after 1 % changed"
    return [
        at_most(f"{work}: bytes", [(a / 1024, b / 1024) for a, b in sizes], 0.02, "KiB"),
        at_most(f"{work}: time", [(f[0] * 1000, f[1] * 1000) for f in found], 0.02, "ms"),
    ]


def _change_one_percent(folder: Path, contacts: int) -> int:
    """Edit one contact in a hundred, each in a transaction of its own; returns the seq before."""
    with open_services(folder) as services:
        actor = services.identities.by_username("admin").actor
        since = 0
        for contact_id in range(1, contacts, 100):
            with services.log.write(actor, "api") as tx:
                since = since or tx.next_seq - 1
                tx.update(tx.get(CONTACT, contact_id), note="changed")
    return since


def _seconds(server: Running, epoch: str, since: int | None) -> float:
    began = time.perf_counter()
    _pull(server, epoch, since)
    return time.perf_counter() - began


def _pull(server: Running, epoch: str, since: int | None) -> int:
    """Bytes of everything after `since`, or of everything."""
    first = f"/sync/changes?epoch={epoch}&since={since}" if since is not None else "/sync/snapshot?"
    page = server.get(f"{first}&limit={PAGE}")
    size = len(page)
    while (answer := _position(page))["has_more"]:
        page = server.get(f"/sync/changes?epoch={epoch}&since={answer['to']}&limit={PAGE}")
        size += len(page)
    return size


def _position(page: bytes) -> dict[str, object]:
    """Where a page ends, without the cost of reading its records."""
    head: dict[str, object] = json.loads(page[: page.index(b',"records":')] + b"}")
    return head
