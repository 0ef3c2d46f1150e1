"""Who is signed in, while 300 slow bodies and 1,500 sockets of strangers press; and what the server holds then.

Also what it holds for lists that nobody takes, and for 15 MB of JSON that is read as a list.
"""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from bench.figures import Figure, at_most, below, percentile
from bench.load import Findings, Orders, request, run_load
from bench.offices import given_contacts
from bench.runs import Run
from bench.servers import Running, our_server
from bench.strangers import live_socket, pressing, slow_body
from callmanager.server.process.listening import allow_open_files

BODIES, SOCKETS, STREAMS = 300, 1_500, 60
CONNECTIONS = 4
NEWCOMERS = 50
MOST_GROWTH_MB = 150.0
MOST_RATIO = 3.0
JSON_CONTACTS = 80_000
SETTINGS = (f"MAX_STREAMS={STREAMS}", f"MAX_STREAMS_PER_USER={STREAMS}")
_MEGABYTE = 2**20


def measure(run: Run) -> list[Figure]:
    allow_open_files()
    with run.offices.copy(run.contacts) as folder, our_server(folder, settings=SETTINGS) as server:
        _warm(server, run)
        return [*_beside_strangers(run, server), _stalled_lists(server), _json(server)]


def _warm(server: Running, run: Run) -> None:
    """Each thread's connection to the database has its cache; what comes after that is the strangers'."""
    for _ in range(3):
        _pages(run, server)
        with ThreadPoolExecutor(8) as readers:
            list(readers.map(lambda _: server.get("/contacts"), range(8)))


def _beside_strangers(run: Run, server: Running) -> list[Figure]:
    says = [slow_body("/import" if number % 2 else "/auth/login", 2_000_000) for number in range(BODIES // 2)]
    says += [slow_body("/auth/login", 16_000) for _ in range(BODIES - len(says))]
    says += [live_socket() if number % 2 else b"" for number in range(SOCKETS)]
    pairs, growth, served, opened = [], 0.0, 0, 0
    for _ in range(min(run.rounds, 3)):
        quiet = percentile(_pages(run, server).milliseconds, 0.95)
        before = server.resident()
        with pressing(server.port, says) as strangers:
            pairs.append((percentile(_pages(run, server).milliseconds, 0.95), quiet))
            served += sum(_newcomer(server) for _ in range(NEWCOMERS))
            growth = max(growth, (server.resident() - before) / _MEGABYTE)
            opened = strangers.opened
    asked = NEWCOMERS * len(pairs)
    note = f"{BODIES} bodies, {SOCKETS} sockets, {opened:,} connections opened in a round"
    return [
        at_most("p95 of pages beside strangers", pairs, MOST_RATIO, "ms", note=note),
        below("signed in over a new connection, not served", float(asked - served), 1, "requests", note=f"of {asked}"),
        below("memory that strangers took", growth, MOST_GROWTH_MB, "MB"),
    ]


def _pages(run: Run, server: Running) -> Findings:
    page = request("GET", "/contacts?limit=100", server.key)
    return run_load(Orders(server.port, [[page]] * CONNECTIONS, run.seconds)).check()


def _newcomer(server: Running) -> bool:
    try:
        return bool(server.get("/contacts?limit=1"))
    except (OSError, RuntimeError):
        return False


def _stalled_lists(server: Running) -> Figure:
    before = server.resident()
    with ExitStack() as opened:
        for _ in range(STREAMS):
            one = opened.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.connect(("127.0.0.1", server.port))
            one.sendall(request("GET", "/export?format=csv", server.key))
        time.sleep(3.0)
        growth = (server.resident() - before) / _MEGABYTE
    return below(f"memory for {STREAMS} lists that nobody takes", growth, MOST_GROWTH_MB, "MB")


def _json(server: Running) -> Figure:
    body = json.dumps(list(given_contacts(JSON_CONTACTS)), ensure_ascii=False).encode()
    before = server.resident()
    server.forget_peak()
    server.ask("POST", "/import?dry_run=1", body, {"Content-Type": "application/json"})
    growth = (server.resident("VmHWM") - before) / _MEGABYTE
    note = f"{len(body) // _MEGABYTE} MB, a dry run"
    return below(f"memory for a JSON list of {JSON_CONTACTS:,}", growth, MOST_GROWTH_MB, "MB", note=note)
