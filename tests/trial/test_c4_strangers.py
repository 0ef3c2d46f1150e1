"""C4: strangers hold little, for a short time, and whoever signs in always gets in."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import websocket

from callmanager.domain.errors import Unavailable
from callmanager.server.edges import wsgi_bodies
from callmanager.server.edges.wsgi_bodies import Admission, Bodies
from callmanager.server.guests import bodies as guest_bodies
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.connections import Connections, Guest
from callmanager.server.guests.shares import MEGABYTE, GuestCounts, Shares
from callmanager.server.process.connections import MOST_HEADERS, MOST_PIPELINED
from tests.live_server import RunningServer, start_server
from tests.server.served_adapter import Environ, serving
from tests.trial.strangers import SHARES, connect, is_open

KEY = "clave-configurada-para-las-pruebas"
SIGNED_IN = {"X-API-Key": KEY}
ELSEWHERE = "127.0.0.2"  # another address of this PC, where the system has all of 127/8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_server(tmp_path_factory.mktemp("guests"), AUTH_TOKENS=[KEY], **SHARES) as running:
        yield running


def ask(server: RunningServer, path: str = "/contacts?limit=1", **how: Any) -> int:
    """The status of one request of somebody signed in, over a connection of his own."""
    connection = HTTPConnection(
        "127.0.0.1", server.port, timeout=20, source_address=(how.pop("source", "127.0.0.1"), 0)
    )
    try:
        connection.request("GET", path, headers=how.pop("headers", SIGNED_IN))
        return connection.getresponse().status
    finally:
        connection.close()


def figures(server: RunningServer) -> dict[str, float]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name.removeprefix("callmanager_"): float(value) for name, _, value in pairs}


def slow_body(path: str, length: int, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("path", ["/import", "/contacts", "/import/preview", "/auth/change-password"])
def test_a_body_of_nobody_known_is_refused_before_it_is_read(
    server: RunningServer, sockets: ExitStack, path: str
) -> None:
    for _ in range(10):
        opened = connect(server, sockets, slow_body(path, 1_500_000) + b"x" * 20_000)
        assert opened.recv(65_536).startswith(b"HTTP/1.1 401")
    held = figures(server)
    assert held["bodies_held"] == 0
    assert held["bodies_unread_total"] >= 10


def test_a_large_body_is_refused_where_one_signs_in(server: RunningServer, sockets: ExitStack) -> None:
    opened = connect(server, sockets, slow_body("/auth/login", 1_500_000))
    assert opened.recv(65_536).startswith(b"HTTP/1.1 413")


def test_a_body_of_a_stranger_that_does_not_come_is_given_up(server: RunningServer, sockets: ExitStack) -> None:
    began = time.monotonic()
    opened = connect(server, sockets, slow_body("/auth/login", 100) + b'{"username": ')
    answer = opened.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in answer + opened.recv(65_536)
    assert time.monotonic() - began < 15


def test_strangers_of_one_address_make_room_for_each_other_and_for_who_signs_in(
    server: RunningServer, sockets: ExitStack
) -> None:
    strangers = [connect(server, sockets) for _ in range(80)]
    assert ask(server) == 200
    assert sum(map(is_open, strangers)) <= SHARES["MAX_STRANGERS_PER_ADDRESS"]
    assert "strangers_turned_away" in server.log()
    held = figures(server)
    assert held["connections_strangers"] <= SHARES["MAX_STRANGERS_PER_ADDRESS"]
    assert held["strangers_dropped_total"] >= 60


def test_a_connection_on_which_somebody_signed_in_is_not_closed_for_strangers(
    server: RunningServer, sockets: ExitStack
) -> None:
    known = HTTPConnection("127.0.0.1", server.port, timeout=20)
    sockets.callback(known.close)
    for _ in range(2):
        known.request("GET", "/contacts?limit=1", headers=SIGNED_IN)
        assert known.getresponse().read()
        own = known.sock
        for _ in range(100):
            connect(server, sockets)
    assert known.sock is own


def test_where_somebody_is_signed_in_more_may_come(server: RunningServer, sockets: ExitStack) -> None:
    known = HTTPConnection("127.0.0.1", server.port, timeout=20)
    sockets.callback(known.close)
    known.request("GET", "/contacts?limit=1", headers=SIGNED_IN)
    assert known.getresponse().read()
    strangers = [connect(server, sockets) for _ in range(50)]
    assert ask(server) == 200
    assert sum(map(is_open, strangers)) == 50


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one address of their own by default")
def test_one_address_does_not_push_others_out(server: RunningServer, sockets: ExitStack) -> None:
    quiet = [connect(server, sockets, source=ELSEWHERE) for _ in range(5)]
    for number in range(2, 8):
        for _ in range(30):
            connect(server, sockets, source=f"127.0.1.{number}")
    assert ask(server, source=ELSEWHERE) == 200
    assert sum(map(is_open, quiet)) == 5


def test_sockets_of_strangers_are_strangers_and_a_window_stays(server: RunningServer, sockets: ExitStack) -> None:
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    window = websocket.create_connection(url, 20, suppress_origin=True)
    sockets.callback(window.close)
    assert str(window.recv()).startswith("0{")
    window.send("40" + json.dumps({"api_key": KEY}))
    assert str(window.recv()).startswith("40{")
    strangers = []
    for _ in range(100):
        strangers.append(websocket.create_connection(url, 20, suppress_origin=True))
        sockets.callback(strangers[-1].close)
    assert figures(server)["connections_strangers"] <= SHARES["MAX_STRANGERS"] + 1
    assert sum(is_open(stranger.sock) for stranger in strangers) <= SHARES["MAX_STRANGERS"]
    window.send('421["sync",{"since":0}]')
    assert answered(window, "431[")


def answered(window: websocket.WebSocket, start: str) -> bool:
    """Read up to the answer; pings before it are passed over."""
    return any(str(window.recv()).startswith(start) for _ in range(50))


def test_too_many_headers_and_too_many_requests_at_once_are_refused() -> None:
    def application(_environ: Environ, start: Any) -> list[bytes]:
        time.sleep(0.05)
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    many = b"".join(b"a%d: b\r\n" % number for number in range(MOST_HEADERS + 1))
    with serving(application) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400")
    with serving(application) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * (MOST_PIPELINED + 10))
        assert b"HTTP/1.1 400" in b"".join(iter(lambda: connection.recv(65_536), b""))


# What follows asks the parts themselves, where a server would need other PCs or a long time.


class Doors:
    """A place for connections, and who was dropped from it."""

    def __init__(self, **shares: Any) -> None:
        self.counts = GuestCounts()
        open_files = shares.pop("open_files", None)
        self.places = Connections(Shares(**shares), self.counts, open_files=open_files)
        self.dropped: list[str] = []

    def come(self, address: str, *, known: bool = False) -> Guest | None:
        guest = self.places.arrive(address, lambda: self.dropped.append(address))
        if guest is not None and known:
            self.places.recognise(guest)
        return guest


def test_the_greediest_address_makes_room_first() -> None:
    doors = Doors(strangers=6, strangers_per_address=5)
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.4"):
        assert doors.come(address)
    assert doors.dropped == ["10.0.0.2"]


def test_a_trusted_proxy_is_no_single_stranger_and_its_neighbour_is() -> None:
    doors = Doors(strangers=10, strangers_per_address=2, proxies=("10.0.0.5",))
    for _ in range(5):
        doors.come("10.0.0.5")
    assert doors.dropped == []
    for _ in range(3):
        doors.come("10.0.0.6")
    assert doors.dropped == ["10.0.0.6"]


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    doors = Doors(strangers=10, strangers_per_address=2)
    for number in range(4):
        doors.come(f"2001:db8:1:2::{number}")
    assert len(doors.dropped) == 2
    doors.come("::ffff:10.0.0.1")
    assert len(doors.dropped) == 2


def test_nobody_is_dropped_while_the_server_works_for_him() -> None:
    doors = Doors(strangers=4, strangers_per_address=4)
    for _ in range(4):
        guest = doors.come("10.0.0.1")
        assert guest
        doors.places.work(guest)
    assert doors.come("10.0.0.2") is None
    assert (doors.dropped, doors.counts.turned_away) == ([], 1)
    doors.places.wait(guest)
    assert doors.come("10.0.0.2")
    assert doors.dropped == ["10.0.0.1"]


def test_the_places_fit_into_the_open_files_that_are_granted_and_half_are_for_the_known() -> None:
    doors = Doors(open_files=256)
    for number in range(400):
        assert doors.come(f"10.0.{number % 7}.1")
    assert doors.counts.strangers <= 48
    for _ in range(60):
        assert doors.come("10.9.9.9", known=True)
    assert doors.counts.strangers + doors.counts.known <= 96


def test_when_all_places_are_full_an_idle_one_of_the_known_makes_room() -> None:
    doors = Doors(connections=6, strangers=3, strangers_per_address=3)
    for number in range(9):
        assert doors.come(f"10.0.0.{number}", known=True)
    assert doors.dropped == ["10.0.0.0", "10.0.0.1", "10.0.0.2"]


def test_a_body_in_drops_is_given_up_although_its_sender_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsgi_bodies, "PAUSE_SECONDS", 0.3)

    async def drop() -> dict[str, Any]:
        await asyncio.sleep(0.1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def read() -> None:
        with ThreadPoolExecutor(1) as threads:
            reader = Bodies(threads, lambda _environ: Admission(known=True, most=100_000), GuestBook(Shares()))
            await reader.read({"headers": [(b"content-length", b"50000")]}, {}, drop)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(read())
    assert time.monotonic() - began < 5


def test_large_bodies_wait_their_turn_and_are_refused_when_it_does_not_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest_bodies, "TURN_SECONDS", 0.2)

    async def open_them() -> None:
        book = GuestBook(Shares(body_bytes=3 * MEGABYTE, folder=tmp_path))
        first = await book.bodies.open(2 * MEGABYTE)
        with pytest.raises(Unavailable) as refused:
            await book.bodies.open(2 * MEGABYTE)
        assert refused.value.code == "bodies_full"
        waiting = asyncio.create_task(book.bodies.open(2 * MEGABYTE))
        await asyncio.sleep(0.05)
        first.close()
        first.close()
        (await waiting).close()
        await asyncio.sleep(0.05)
        assert (book.counts.bodies, book.counts.body_bytes) == (0, 0)

    asyncio.run(open_them())


def test_small_bodies_lie_in_memory_only_as_far_as_there_is_some(tmp_path: Path) -> None:
    async def open_them() -> None:
        book = GuestBook(Shares(folder=tmp_path))
        with ExitStack() as opened:
            for _ in range(400):
                body = await book.bodies.open(60_000)
                opened.callback(body.close)
            assert book.counts.body_memory <= guest_bodies.MEMORY_BYTES
            assert body.on_disk

    asyncio.run(open_them())
    assert list(tmp_path.iterdir()) == []
