"""A wish to change the protocol hides no part of a request from the server, and no request from a proxy before it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.live_server import RunningServer, start_server

KEY = "clave-configurada-para-las-pruebas"
WISHES = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"Connection: keep-alive, upgrade\r\nUpgrade: TLS/1.2\r\n",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_server(tmp_path_factory.mktemp("upgrades"), AUTH_TOKENS=[KEY], TRUSTED_PROXIES=["127.0.0.1"]) as running:
        yield running


def exchange(server: RunningServer, *pieces: bytes, answers: int = 1) -> bytes:
    """What is answered, until so many answers came and the server has been silent for a moment."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=20)) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)  # each comes as a piece of its own, as behind a proxy
        answer = b""
        while answer.count(b"HTTP/1.1 ") < answers and (more := connection.recv(65_536)):
            answer += more
        connection.settimeout(0.3)
        try:
            while more := connection.recv(65_536):
                answer += more
        except TimeoutError:
            pass
    return answer


def post(path: str, wish: bytes, length: int) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %b\r\n%bContent-Length: %d\r\n\r\n" % (
        path.encode(), KEY.encode(), wish, length,
    )  # fmt: skip


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("together", [True, False])
def test_a_body_is_read_whatever_protocol_was_wished_for(server: RunningServer, wish: bytes, *, together: bool) -> None:
    body = b'{"phone": "8877-6655", "name": "Ana"}'
    pieces = [post("/contacts", wish, len(body)), body]
    answer = exchange(server, *([b"".join(pieces)] if together else pieces))
    assert answer.startswith(b"HTTP/1.1 201")
    assert b'"name":"Ana"' in answer


@pytest.mark.parametrize("wish", WISHES)
def test_a_body_is_never_taken_for_another_request(server: RunningServer, wish: bytes) -> None:
    hidden = (
        b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 0\r\n\r\n"
    )
    answer = exchange(server, post("/contacts", wish, len(hidden)), hidden)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert "203.0.113.9" not in server.log()


@pytest.mark.parametrize("wish", WISHES)
def test_the_next_request_of_the_connection_is_answered(server: RunningServer, wish: bytes) -> None:
    following = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = exchange(server, post("/contacts", wish, 2) + b"{}" + following, following, answers=3)
    assert answer.count(b"HTTP/1.1 422") == 1
    assert answer.count(b"HTTP/1.1 200") == 2


def test_no_tunnel_is_opened(server: RunningServer) -> None:
    following = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = exchange(server, b"CONNECT /contacts HTTP/1.1\r\nHost: localhost\r\n\r\n", following)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_wish_costs_no_line_of_the_log(server: RunningServer) -> None:
    before = server.log().count("uvicorn")
    exchange(server, post("/contacts", WISHES[0], 2) + b"{}")
    assert server.log().count("uvicorn") == before
