"""Who opens encrypted connections and does not shake hands holds no more than any stranger, and not for long."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from callmanager.server.security.tls import init_tls
from tests.live_server import RunningServer, first_connection, launch_server, tls_connection
from tests.trial.strangers import SHARES, connect, is_open

KEY = "clave-configurada-para-las-pruebas"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # the beginning of a handshake, never finished


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handshakes")
    init_tls(folder / "tls", ["localhost", "127.0.0.1"], now=datetime.now(UTC))
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningServer]:
    with serving(folder) as running:
        yield running


@contextmanager
def serving(folder: Path) -> Iterator[RunningServer]:
    files = {"TLS_CERT": "tls/server.pem", "TLS_KEY": "tls/server-key.pem"}
    with launch_server(folder, AUTH_TOKENS=[KEY], **files, **SHARES) as running:
        with closing(first_connection(running, authority=folder / "tls" / "ca.pem")) as first:
            answer_of(first)  # it can be stopped in order from its first answer on
        yield running


def ask(server: RunningServer, path: str = "/contacts?limit=1") -> bytes:
    """What is answered over a new connection."""
    with closing(tls_connection(server, authority=server.folder / "tls" / "ca.pem")) as connection:
        return answer_of(connection, path)


def answer_of(connection: HTTPSConnection, path: str = "/contacts?limit=1") -> bytes:
    """What is answered to somebody signed in; the figures are open to this PC."""
    connection.request("GET", path, headers={} if path == "/metrics" else {"X-API-Key": KEY})
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read()


@pytest.mark.parametrize("sent", [b"", HELLO])
def test_those_who_do_not_shake_hands_make_room_for_each_other(
    server: RunningServer, sockets: ExitStack, sent: bytes
) -> None:
    stalled = [connect(server, sockets, sent) for _ in range(80)]
    lines = ask(server, "/metrics").decode().splitlines()
    assert sum(map(is_open, stalled)) <= SHARES["MAX_STRANGERS_PER_ADDRESS"]
    held = next(line for line in lines if line.startswith("callmanager_connections_strangers "))
    assert 0 < float(held.rpartition(" ")[2]) <= SHARES["MAX_STRANGERS_PER_ADDRESS"]
    assert ask(server)


def test_a_handshake_that_does_not_come_is_given_up(server: RunningServer, sockets: ExitStack) -> None:
    began = time.monotonic()
    opened = [connect(server, sockets, sent) for sent in (b"", HELLO)]
    for connection in opened:
        while is_open(connection):
            assert time.monotonic() - began < 15
            time.sleep(0.05)
    assert ask(server)


def test_what_is_no_tls_ends_and_costs_no_place(server: RunningServer, sockets: ExitStack) -> None:
    for _ in range(30):
        plain = connect(server, sockets, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        while is_open(plain):
            assert time.monotonic() - began < 15
            time.sleep(0.01)
    lines = ask(server, "/metrics").decode().splitlines()
    assert "callmanager_connections_strangers 1.0" in lines  # whoever asks for the figures, without a key


def test_what_comes_with_the_end_of_a_handshake_is_heard(server: RunningServer) -> None:
    for _ in range(20):
        assert ask(server)


def test_the_server_stops_while_somebody_does_not_shake_hands(folder: Path, sockets: ExitStack, tmp_path: Path) -> None:
    shutil.copytree(folder / "tls", tmp_path / "tls")
    with serving(tmp_path) as stopped:  # one of its own: the others need theirs
        for _ in range(10):
            connect(stopped, sockets, HELLO)
        began = time.monotonic()
        assert stopped.stop() == 0
        assert time.monotonic() - began < 8
