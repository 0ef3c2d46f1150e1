"""What the running server lets a stranger cost it, and how it logs what it sends in pieces."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from callmanager.server.asgi import Parts
from callmanager.server.security.tls import init_tls
from tests.live_server import RunningServer, first_connection, launch_server, start_server

KEY = "clave-configurada-para-las-pruebas"
MEGABYTE = 1_048_576


def announce(server: RunningServer, path: str, megabytes: int, *headers: str) -> bytes:
    """The answer to a request that announces a large body, asks whether to send it, and never does."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {megabytes * MEGABYTE}", *headers]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "Expect: 100-continue", "", ""]).encode())
        return connection.recv(65_536)


def test_a_stranger_may_send_little_and_an_import_only_who_may_import(tmp_path: Path) -> None:
    with start_server(tmp_path, AUTH_TOKENS=[KEY], MAX_BODY_MEGABYTES=1, MAX_IMPORT_MEGABYTES=8) as server:
        assert announce(server, "/import", 4).startswith(b"HTTP/1.1 401")
        assert announce(server, "/import", 4, "X-API-Key: guessed").startswith(b"HTTP/1.1 401")
        assert announce(server, "/contacts", 4, f"X-API-Key: {KEY}").startswith(b"HTTP/1.1 413")
        assert announce(server, "/import", 4, f"X-API-Key: {KEY}").startswith(b"HTTP/1.1 100 Continue")
        assert announce(server, "/import", 9, f"X-API-Key: {KEY}").startswith(b"HTTP/1.1 413")
        server.stop()
    assert "uvicorn" not in server.log()


def test_what_is_too_large_is_refused_as_a_problem_that_the_sender_can_read(tmp_path: Path) -> None:
    with start_server(tmp_path, AUTH_TOKENS=[KEY], MAX_BODY_MEGABYTES=1) as server:
        body = b"x" * (3 * MEGABYTE)  # sent without asking first, as most programs do
        answer = requests.post(f"{server.url}/contacts", body, headers={"X-API-Key": KEY}, timeout=30)
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "body_too_large"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
        assert f"id={answer.headers['X-Request-Id']}" in server.log()


def test_what_is_no_http_is_refused_as_a_problem_too(tmp_path: Path) -> None:
    with (
        start_server(tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
    ):
        connection.sendall(b"GET /\x00\xff HTTP/9.9\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "bad_request"


def test_a_streamed_answer_is_logged_once_when_it_has_been_sent(tmp_path: Path) -> None:
    with start_server(tmp_path, AUTH_TOKENS=[KEY]) as server:
        answer = requests.get(f"{server.url}/contacts", headers={"X-API-Key": KEY}, timeout=30)
        assert "Content-Length" not in answer.headers  # it was a stream
        server.stop()
    lines = [line for line in server.log().splitlines() if answer.headers["X-Request-Id"] in line]
    assert len(lines) == 1
    assert "request.done" in lines[0]


def test_a_stopped_server_leaves_one_plain_file(tmp_path: Path) -> None:
    with start_server(tmp_path, AUTH_TOKENS=[KEY]) as server:
        assert server.stop() == 0
    assert sorted(path.name for path in tmp_path.glob("contacts.db*")) == ["contacts.db", "contacts.db.lock"]
    with closing(sqlite3.connect(tmp_path / "contacts.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_over_tls_it_answers_and_stops_although_a_client_keeps_its_connection(tmp_path: Path) -> None:
    files = init_tls(tmp_path / "tls", ["127.0.0.1"], now=datetime.now(UTC))
    with (
        launch_server(tmp_path, TLS_CERT=str(files.cert), TLS_KEY=str(files.key)) as server,
        closing(first_connection(server, authority=files.ca)) as kept,
    ):
        kept.request("GET", "/health")
        assert kept.getresponse().read()
        assert server.stop() == 0
    assert "Traceback" not in server.log() + server.printed()


def test_each_part_gets_its_paths_and_the_web_application_the_others() -> None:
    asked: list[str] = []

    def part(name: str) -> Any:
        async def answer(_scope: Any, _receive: Any, _send: Any) -> None:
            asked.append(name)

        return answer

    async def ask(kind: str, path: str) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await Parts(part("web"), {"events": part("events")})({"type": kind, "path": path}, None, send)
        return sent

    paths = ("/events", "/events/x", "/eventsx", "/contacts", "/")
    closed = [asyncio.run(ask("http", path)) for path in paths] + [asyncio.run(ask("websocket", "/other"))]
    assert asked == ["events", "events", "web", "web", "web"]
    assert closed == [[], [], [], [], [], ["websocket.close"]]
