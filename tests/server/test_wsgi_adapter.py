"""The contract of the adapter between Flask and uvicorn, over real sockets: what browsers and programs rely on."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest

from callmanager.server import wsgi
from callmanager.server.process.connections import MOST_HEADER_BYTES
from tests.server.served_adapter import LARGE, ORDINARY, Environ, serving
from tests.web import Web

Start = Callable[..., Any]


def echo(environ: Environ, start: Start) -> Iterable[bytes]:
    """Answers with what it was sent."""
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(body)))])
    return [body]


def show(name: str) -> Callable[[Environ, Start], Iterable[bytes]]:
    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        body = str(environ.get(name)).encode("latin-1")
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def refusing(environ: Environ, start: Start) -> Iterable[bytes]:
    """Echoes, but refuses what is declared larger than it may be, as the API does."""
    if int(environ["CONTENT_LENGTH"]) > ORDINARY and environ["PATH_INFO"] != "/import":
        start("413 Content Too Large", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return [b"no!"]
    return echo(environ, start)


class Pieces:
    """A streamed answer that knows whether it was closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.pieces)

    def close(self) -> None:
        self.closed.set()


def streaming(pieces: Pieces) -> Callable[[Environ, Start], Iterable[bytes]]:
    def application(_environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return pieces

    return application


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server hangs up, or resets."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def test_the_application_meets_a_valid_wsgi_server(tmp_path: Path) -> None:
    office = Web(tmp_path)

    def flask(environ: Environ, start: Start) -> Iterable[bytes]:
        environ.pop("wsgi.input_terminated")  # with it werkzeug calls read(), which the validator does not know
        return office.client.application(environ, start)

    try:
        with serving(validator(flask)) as served:
            key = office.keys["manager"]
            assert served.ask("GET", "/health")[0] == 200
            assert served.ask("HEAD", "/health")[0] == 200
            made = served.ask("POST", "/contacts", b'{"phone": "8888-7777"}', X_API_Key=key)
            assert made[0] == 201
            assert served.ask("GET", "/contacts", X_API_Key=key)[2].startswith(b"[{")
            assert served.ask("GET", "/nothing")[0] == 404
            assert served.ask("DELETE", "/health")[0] == 405
    finally:
        office.close()


def test_a_body_arrives_and_returns_byte_for_byte() -> None:
    body = bytes(range(256)) * 300
    with serving(echo) as served:
        status, headers, answer = served.ask("POST", "/", body)
    assert (status, answer) == (200, body)
    assert headers["content-length"] == str(len(body))


def test_an_upload_in_chunks_is_put_together() -> None:
    with serving(show("CONTENT_LENGTH")) as served:
        assert served.ask("POST", "/", iter([b"abc", b"defg"]))[2] == b"7"
    with serving(echo) as served:
        assert served.ask("POST", "/", iter([b"abc", b"defg"]))[2] == b"abcdefg"


def test_the_way_of_sending_is_not_shown_to_the_application() -> None:
    with serving(show("HTTP_TRANSFER_ENCODING")) as served:
        assert served.ask("POST", "/", iter([b"abc"]))[2] == b"None"


@pytest.mark.parametrize(
    ("path", "seen"), [("/a%C3%B1o/%F0%9F%93%9E", "/año/📞"), ("/a%2Fb", "/a/b"), ("/con%20blanco", "/con blanco")]
)
def test_a_path_outside_ascii_is_given_as_pep_3333_has_it(path: str, seen: str) -> None:
    with serving(show("PATH_INFO")) as served:
        assert served.ask("GET", path)[2] == seen.encode()


def test_a_query_stays_as_it_was_sent() -> None:
    with serving(show("QUERY_STRING")) as served:
        assert served.ask("GET", "/?q=a%20b&q=%C3%B1")[2] == b"q=a%20b&q=%C3%B1"


def test_a_header_given_twice_is_joined_and_one_with_an_underscore_is_dropped() -> None:
    with serving(show("HTTP_X_API_KEY")) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: one\r\nX-Api-Key: two\r\nX_Api_Key: forged\r\n")
        connection.sendall(b"Connection: close\r\n\r\n")
        assert read_all(connection).endswith(b"one,two")


def test_two_headers_of_one_name_are_both_sent() -> None:
    def application(_environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", "2")])
        return [b"ok"]

    with serving(application) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = read_all(connection)
    assert b"set-cookie: a=1\r\n" in answer
    assert b"set-cookie: b=2\r\n" in answer


def test_an_answer_to_head_has_no_body() -> None:
    with serving(echo) as served, served.raw() as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"content-length: 3" in head
    assert body == b""


def test_a_streamed_answer_to_head_is_closed_unread() -> None:
    pieces = Pieces(iter(lambda: b"for ever", None))
    with serving(streaming(pieces)) as served:
        assert served.ask("HEAD", "/")[2] == b""
        assert pieces.closed.wait(10)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_status_without_body_sends_none(status: str) -> None:
    def application(_environ: Environ, start: Start) -> Iterable[bytes]:
        start(status, [])
        return [b"should not be here"]

    with serving(application) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answers = read_all(connection)
    assert answers.count(b"HTTP/1.1 " + status[:3].encode()) == 2
    assert b"should not" not in answers


def test_an_answer_without_length_is_streamed_piece_by_piece() -> None:
    second = threading.Event()

    def produce() -> Iterator[bytes]:
        yield b"first"
        assert second.wait(20)
        yield b""  # would end a chunked answer too early
        yield b"second"

    pieces = Pieces(produce())
    with serving(streaming(pieces)) as served:
        connection = served.connection()
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.read(5) == b"first"  # while the application has not made the second
        second.set()
        assert answer.read() == b"second"
        connection.close()
        assert pieces.closed.wait(10)


def test_a_client_that_leaves_a_stream_ends_it() -> None:
    taken = threading.Event()

    def produce() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000
            taken.set()

    pieces = Pieces(produce())
    with serving(streaming(pieces)) as served:
        with served.raw() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert taken.wait(20)
        assert pieces.closed.wait(20)


def test_a_client_that_takes_nothing_of_a_stream_is_hung_up_on_and_that_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wsgi, "TAKE_SECONDS", 0.3)
    pieces = Pieces(iter(lambda: b"x" * 65_536, None))
    with serving(streaming(pieces)) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert pieces.closed.wait(20)
        read_all(connection)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_an_error_before_the_answer_is_a_500_and_the_connection_goes_on() -> None:
    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/bad":
            raise RuntimeError("inner words")
        return echo(environ, start)

    with serving(application) as served:
        status, _headers, body = served.ask("GET", "/bad")
        assert status == 500
        assert b"inner words" not in body
        assert served.ask("POST", "/", b"well")[2] == b"well"


def test_an_error_within_a_stream_cuts_it_off_visibly() -> None:
    def produce() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("inner words")

    pieces = Pieces(produce())
    with serving(streaming(pieces)) as served, pytest.raises(IncompleteRead) as caught:
        served.ask("GET", "/")
    assert caught.value.partial == b"first"
    assert pieces.closed.is_set()


def test_an_application_that_forgets_start_response_is_a_500() -> None:
    with serving(lambda _environ, _start: [b"?"]) as served:
        assert served.ask("GET", "/")[0] == 500


def test_a_connection_serves_one_request_after_the_other() -> None:
    with serving(echo) as served:
        connection = served.connection()
        for word in (b"one", b"two", b"three"):
            connection.request("POST", "/", word)
            assert connection.getresponse().read() == word
        connection.close()


def test_requests_sent_without_waiting_are_answered_in_order() -> None:
    with serving(show("PATH_INFO")) as served, served.raw() as connection:
        connection.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(20)))
        connection.sendall(b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answers = read_all(connection)
    order = [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 200 OK")[1:]]
    assert order == [b"/%d" % number for number in range(20)] + [b"/end"]


def test_a_body_that_is_announced_too_large_is_refused_unread() -> None:
    with serving(refusing) as served, served.raw() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer
    assert answer.endswith(b"no!")


def test_a_large_body_that_nobody_announced_is_refused_when_it_passes_the_bound() -> None:
    with serving(refusing) as served:
        status, _headers, body = served.ask("POST", "/", iter([b"x" * 40_000] * 10))
    assert (status, body) == (413, b"no!")


def test_a_large_body_is_read_where_it_is_allowed() -> None:
    body = b"0123456789" * 200_000
    with serving(refusing) as served:
        assert served.ask("POST", "/import", body)[2] == body
        assert served.ask("POST", "/import", iter([body]))[2] == body
        with served.raw() as connection:
            connection.sendall(b"POST /import HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % (LARGE + 1))
            connection.sendall(b"Expect: 100-continue\r\n\r\n")
            assert b"100 Continue" not in read_all(connection)[:30]


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    with serving(echo) as served, served.raw() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"abc")
        assert b"200 OK" in connection.recv(1000)


def test_a_client_that_leaves_while_it_sends_reaches_no_application() -> None:
    reached = threading.Event()

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/half":
            reached.set()
        return echo(environ, start)

    with serving(application) as served:
        with served.raw() as connection:
            connection.sendall(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        assert served.ask("POST", "/", b"after")[2] == b"after"
    assert not reached.is_set()


def test_headers_without_end_are_cut_off() -> None:
    with serving(echo) as served, served.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * (MOST_HEADER_BYTES + 1))
        assert read_all(connection).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("target", [b"//", b"http://[", b"/\xff", b"*"])
def test_a_strange_address_is_an_answer_and_no_crash(target: bytes) -> None:
    with serving(show("PATH_INFO")) as served:
        with served.raw() as connection:
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert read_all(connection).startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))
        assert served.ask("POST", "/", b"well")[0] == 200
