"""What the command line asks of this PC's own servers stays on this PC, whatever proxy or .netrc is set there."""

from __future__ import annotations

import ast
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from callmanager import cli
from callmanager.cli.this_pc import fetch
from callmanager.server.security.tls import init_tls
from tests.live_server import START_SECONDS, RunningServer, launch_server
from tests.server.cli_program import CHEAP, Here, begin_office

CLOSED = "http://127.0.0.1:9"
"""A port where nothing listens: what goes there by mistake fails."""
TLS = 'TLS_CERT = "{0.cert}"\nTLS_KEY = "{0.key}"\n'


@pytest.fixture(autouse=True)
def _behind_a_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, CLOSED)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))


class Hearing(BaseHTTPRequestHandler):
    """Tells what it was asked; /away sends the caller to another server."""

    heard: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers.get("Authorization")))
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", f"{CLOSED}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


@contextmanager
def hearing() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    Hearing.heard.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hearing) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", Hearing.heard
        server.shutdown()
        thread.join()


def test_no_proxy_no_netrc_and_no_redirect_is_followed() -> None:
    with hearing() as (address, heard):
        assert fetch(f"{address}/health", seconds=5).json() == {}
        assert fetch(f"{address}/away", seconds=5).status_code == 302
    assert heard == [("/health", None), ("/away", None)]


def test_beside_a_running_server_no_proxy_is_asked_and_exactly_its_own_certificate_is_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, config = Here(tmp_path, capsys), tmp_path / "config.py"
    own, stranger = (init_tls(tmp_path / name, ["servidor.lan"], now=datetime.now(UTC)) for name in ("own", "other"))
    config.write_text(CHEAP + TLS.format(own), "utf-8")
    begin_office(tmp_path)
    with launch_server(tmp_path) as server:
        wait_until_open(server)
        assert "admin" in here("user", "list").out
        (tmp_path / "empty.csv").touch()
        assert "The file is empty" in here("import", str(tmp_path / "empty.csv")).err
        config.write_text(CHEAP + TLS.format(stranger), "utf-8")
        assert "no server answers" in here("user", "list").err


def wait_until_open(server: RunningServer) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(server.printed())


def test_every_command_goes_that_way() -> None:
    """Other clients of HTTP take the proxy of the environment unless each call is told not to."""
    others = {"http", "urllib3", "httpx", "requests"}
    found = {
        f"{path.relative_to(Path(cli.__file__).parent)}: {name}"
        for path in Path(cli.__file__).parent.rglob("*.py")
        for name in imported(ast.parse(path.read_text("utf-8")))
        if (name.partition(".")[0] in others or name == "urllib.request") and path.name != "this_pc.py"
    }
    assert found == {"doors.py: http.HTTPStatus", "doors.py: requests"}


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            joined = [f"{node.module}.{one.name}" for one in node.names]
            yield from [node.module] if node.module == "urllib.request" else joined
