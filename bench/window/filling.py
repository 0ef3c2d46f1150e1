"""Fills a replica from a server as the window does at its first start, and reads the same bytes with requests alone."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import requests

from bench.servers import Running
from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Store
from callmanager.desktop.sync import PAGE_LIMIT, Sync
from callmanager.desktop.sync_events import Progress, Status, SyncEvent
from callmanager.domain.clock import SystemClock
from callmanager.domain.contacts import ROWS_TYPE

_HEAD = re.compile(rb'"epoch":"([^"]+)".*?"to":(\d+),"has_more":(true|false)')
HEAD_BYTES = 1_000


def fill(server: Running, folder: Path) -> float:
    """Seconds until a new replica is complete and live."""
    shutil.rmtree(folder, ignore_errors=True)
    store, remote, told = (
        Store(folder),
        Remote(f"http://127.0.0.1:{server.port}", api_key=server.key),
        list[SyncEvent](),
    )
    sync = Sync(remote, store.replica, SystemClock(), told.append)
    began = time.perf_counter()
    while sync.status is not Status.LIVE:
        sync.step(min(0.05, sync.next_wait()))
        told[:] = [event for event in told if isinstance(event, Progress)]
    seconds = time.perf_counter() - began
    sync.close()
    remote.close()
    store.close()
    return seconds


def read_alone(server: Running) -> float:
    """Seconds for the same pages, looked at only to know which comes next."""
    with requests.Session() as session:
        session.headers.update({"X-API-Key": server.key, "Accept": ROWS_TYPE})
        session.trust_env = False
        began = time.perf_counter()
        page = session.get(f"http://127.0.0.1:{server.port}/sync/snapshot?limit={PAGE_LIMIT}", timeout=60).content
        while (head := _HEAD.search(page[:HEAD_BYTES])) and head[3] == b"true":
            query = f"epoch={head[1].decode()}&since={head[2].decode()}&limit={PAGE_LIMIT}"
            page = session.get(f"http://127.0.0.1:{server.port}/sync/changes?{query}", timeout=60).content
        seconds = time.perf_counter() - began
    if head is None:
        raise RuntimeError(f"not a page of the feed: {page[:200]!r}")
    return seconds
