"""C11: lists that nobody takes and files that are imported hold little of the server's memory."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from callmanager.domain.errors import TooMany, Unavailable
from callmanager.server import wsgi
from callmanager.server.guests.shares import GuestCounts, Shares
from callmanager.server.guests.streams import Streams
from callmanager.server.process import connections
from tests.live_server import RunningServer, start_server
from tests.server.served_adapter import Environ, admit, serving

KEY = "clave-configurada-para-las-pruebas"
CONTACTS = 2_000
STREAMS = 8
MEGABYTE = 1_048_576
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="its memory is read from /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("held")
    with start_server(folder, AUTH_TOKENS=[KEY], MAX_STREAMS=STREAMS, MAX_STREAMS_PER_USER=STREAMS + 1) as running:
        rows = [{"phone": f"8{number:07d}", "name": "Ana " * 20, "note": "x" * 1_500} for number in range(CONTACTS)]
        answer = requests.post(f"{running.url}/import", json=rows, headers={"X-API-Key": KEY}, timeout=120)
        assert answer.json()["inserted"] == CONTACTS, answer.text[:300]
        yield running


def memory(server: RunningServer, line: str = "VmRSS") -> float:
    """Megabytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(entry.split()[1] for entry in status.splitlines() if entry.startswith(f"{line}:"))) / 1024


def stalled(server: RunningServer, path: str) -> socket.socket:
    """Somebody who asks for a list and takes nothing of it."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    opened.settimeout(20)
    opened.connect(("127.0.0.1", server.port))
    opened.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n\r\n".encode())
    return opened


@linux_only
def test_lists_that_nobody_takes_are_few_and_hold_little(server: RunningServer) -> None:
    with ThreadPoolExecutor(STREAMS) as readers:  # each thread's connection to the database fills its cache
        assert min(readers.map(lambda _: whole_list(server), range(3 * STREAMS))) >= CONTACTS
    paths = ["/contacts", "/export?format=csv", "/export?format=json", "/contacts?q=ana"] * 10
    for path in paths[:4]:  # what the first one of its kind loads is not what a list holds
        assert whole_list(server, path)
    before = memory(server)
    with ExitStack() as opened:
        sockets = [opened.enter_context(stalled(server, path)) for path in paths]
        statuses = [one.recv(12)[9:] for one in sockets]
        assert (statuses.count(b"200"), statuses.count(b"503")) == (STREAMS, len(paths) - STREAMS)
        assert memory(server) - before < 60  # 40 lists would be 280; a reader's cache of the database is 16 at most
    assert whole_list(server) >= CONTACTS, "the places became free again"


def whole_list(server: RunningServer, path: str = "/contacts") -> int:
    """How many contacts it holds, once there is a place: that of a list just taken becomes free a moment later."""
    for _ in range(100):
        answer = requests.get(f"{server.url}{path}", headers={"X-API-Key": KEY}, timeout=60)
        if answer.status_code == 200:
            return len(answer.json()) if path == "/contacts" else CONTACTS
        time.sleep(0.05)
    return 0


def test_nobody_takes_all_places_for_himself() -> None:
    counts = GuestCounts()
    streams = Streams(Shares(streams=3, streams_per_user=2), counts)
    for user_id in (1, 1, 2):
        streams.take(user_id)
    with pytest.raises(TooMany):
        streams.take(1)
    with pytest.raises(Unavailable):
        streams.take(2)
    streams.give_back(1)
    streams.take(2)
    assert (counts.streams, counts.streams_refused) == (3, 2)


@linux_only
def test_a_list_of_15_mb_is_read_in_a_few(server: RunningServer) -> None:
    row = {"phone": "88887777", "name": "Ana Mora", "note": "ñ" * 100, "a": 1, "b": "c", "d": None, "e": "f", "g": "h"}
    body = json.dumps([row] * 40_000).encode()
    assert len(body) > 15 * MEGABYTE
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    before = memory(server)
    answer = requests.post(f"{server.url}/import/preview", body, headers={"X-API-Key": KEY}, timeout=120)
    assert answer.json()["rows_in_file"] == 40_000
    assert memory(server, "VmHWM") - before < 60


def test_an_import_in_the_background_reads_its_file_after_the_answer(server: RunningServer) -> None:
    rows = [{"phone": f"7{number:07d}", "name": "Fondo"} for number in range(1_000)]
    forms: list[dict[str, Any]] = [{"json": rows}, {"files": {"file": ("lista.json", json.dumps(rows))}}]
    for form, found in zip(forms, ("inserted", "updated"), strict=True):
        url = f"{server.url}/import?background=true&policy=update"
        started = requests.post(url, headers={"X-API-Key": KEY}, timeout=60, **form)
        assert started.status_code == 202, started.text
        report = settled(server, started.headers["Location"])
        assert (report["state"], report["total"]) == ("done", 1_000)
        assert report[found] + report["unchanged"] == 1_000
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/metrics")
    assert b"callmanager_bodies_held 0.0" in connection.getresponse().read()
    connection.close()


def settled(server: RunningServer, location: str) -> dict[str, Any]:
    for _ in range(600):
        answer = requests.get(f"{server.url}{location}", headers={"X-API-Key": KEY}, timeout=20)
        report: dict[str, Any] = answer.json()
        if report["state"] != "running":
            return report
        time.sleep(0.05)
    raise AssertionError("the import does not end")


def test_an_answer_that_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALL_SECONDS", 0.3)

    def application(_environ: Environ, start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "1000000")])
        return [b"x" * 1_000_000]

    with serving(application) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 30)
        began = time.monotonic()
        while is_kept(connection):
            assert time.monotonic() - began < 15
            time.sleep(0.05)


def is_kept(connection: socket.socket) -> bool:
    """Whether the server still keeps the connection of a client that reads nothing: one more byte tells."""
    try:
        connection.send(b"\r\n")
    except OSError:
        return False
    return True


def test_large_bodies_are_worked_on_two_at_a_time() -> None:
    turn, now, most = threading.Lock(), [0], [0]
    all_there = threading.Barrier(wsgi.HEAVY_AT_ONCE)

    def application(environ: Environ, start: Any) -> Iterable[bytes]:
        with turn:
            now[0] += 1
            most[0] = max(most[0], now[0])
        all_there.wait(20)  # so many are worked on at once
        time.sleep(0.1)  # one more would come meanwhile
        with turn:
            now[0] -= 1
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    assert admit({"PATH_INFO": "/import"}).most > wsgi.HEAVY_BYTES
    body = b"x" * (wsgi.HEAVY_BYTES + 1)
    with serving(application) as served, ThreadPoolExecutor(6) as senders:
        asked = [senders.submit(served.ask, "POST", "/import", body) for _ in range(6)]
        assert [one.result()[0] for one in asked] == [200] * 6
    assert most[0] == wsgi.HEAVY_AT_ONCE
