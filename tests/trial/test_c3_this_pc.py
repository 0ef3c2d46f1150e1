"""C3: who is "this PC itself". Nobody who comes through a forwarder is, listed or not, whatever he says of himself."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import socketio

from callmanager.domain.clock import SystemClock
from callmanager.server.security.forwarders import MOST_TOLD, UnlistedForwarders
from callmanager.server.security.local_pass import make_pass
from callmanager.server.security.secret_file import read_or_create_secret
from callmanager.server.security.tokens import Tokens
from tests.live_server import RunningServer, start_server
from tests.nginx import BARE, GOOD, WITH_SOCKETS, nginx_before

EXAMPLE_KEY = "dev-key-change-in-production"
FIRST = {"username": "admin", "password": "1234"}


@dataclass
class Way:
    """A port of this PC, by which the server is asked."""

    port: int

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """The status, and the stable code of a refusal."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            given = {name.replace("_", "-"): text for name, text in headers.items()}
            connection.request(method, path, json.dumps(body) if body else None, given)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text)["code"] if answer.status >= 400 else ""

    def rights(self, server: RunningServer, *, signs_in: bool = False, **headers: str) -> dict[str, int]:
        """How each thing that only this PC may is answered; to sign in is throttled, so it is not always tried."""
        local_pass = make_pass(tokens_of(server), "GET", "/users", now=SystemClock().now())
        asked: dict[str, tuple[str, str, Any, Mapping[str, str]]] = {
            "first password": ("POST", "/auth/login", FIRST, {}),
            "metrics": ("GET", "/metrics", None, {}),
            "example key": ("GET", "/contacts?limit=1", None, {"X_API_Key": EXAMPLE_KEY}),
            "local pass": ("GET", "/users", None, {"Authorization": f"Local {local_pass}"}),
        }
        return {
            name: self.ask(method, path, body, **headers, **more)[0]
            for name, (method, path, body, more) in asked.items()
            if signs_in or name != "first password"
        }

    def listens(self) -> bool:
        """Whether the example key opens a socket this way."""
        client = socketio.SimpleClient()
        try:
            client.connect(f"http://127.0.0.1:{self.port}", auth={"api_key": EXAMPLE_KEY}, transports=["websocket"])
        except socketio.exceptions.ConnectionError:
            return False
        client.disconnect()
        return True


ALL = {"metrics": 200, "example key": 200, "local pass": 200}
NONE = {"metrics": 401, "example key": 403, "local pass": 403}
SIGNED_IN, NOT_SIGNED_IN = {"first password": 200}, {"first password": 403}


def tokens_of(server: RunningServer) -> Tokens:
    secret = read_or_create_secret(server.folder / "secret.key").value
    return Tokens(secret, issuer="callmanager", audience="callmanager", clock=SystemClock())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_server(tmp_path_factory.mktemp("office"), AUTH_TOKENS=[EXAMPLE_KEY]) as running:
        yield running


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    settings = {"AUTH_TOKENS": [EXAMPLE_KEY], "TRUSTED_PROXIES": ["127.0.0.1"], "LOGIN_PER_MINUTE": 1000}
    with start_server(tmp_path_factory.mktemp("behind"), **settings) as running:
        yield running


def test_on_the_pc_itself_the_documented_first_steps_work(server: RunningServer) -> None:
    way = Way(server.port)
    assert way.rights(server, signs_in=True) == ALL | SIGNED_IN
    assert way.rights(server, Origin=f"http://127.0.0.1:{server.port}", Sec_Fetch_Site="same-origin") == ALL
    assert way.listens()


@pytest.mark.nginx
@pytest.mark.parametrize("location", [BARE, WITH_SOCKETS], ids=["bare", "with sockets"])
def test_behind_an_nginx_that_says_nothing_of_itself_nobody_is_this_pc(
    server: RunningServer, tmp_path: Path, location: str
) -> None:
    with nginx_before(server.port, location, tmp_path / "nginx") as port:
        assert Way(port).rights(server, signs_in=True) == NONE | NOT_SIGNED_IN
        assert Way(port).rights(server, Host="localhost:5000", X_Forwarded_For="127.0.0.1") == NONE
        assert Way(port).ask("GET", "/health") == (200, ""), "what needs no right is served"
    assert Way(server.port).ask("GET", "/metrics") == (200, ""), "the PC itself keeps its own"


@pytest.mark.nginx
def test_behind_a_listed_nginx_nobody_makes_himself_this_pc(behind: RunningServer, tmp_path: Path) -> None:
    with nginx_before(behind.port, GOOD, tmp_path / "nginx") as port:
        assert Way(port).rights(behind, signs_in=True) == NONE | NOT_SIGNED_IN
        for said in ("127.0.0.1", "::1", "127.0.0.1, 127.0.0.1", "192.168.1.7", ""):
            for host in (f"127.0.0.1:{port}", "localhost", f"localhost:{behind.port}"):
                assert Way(port).rights(behind, Host=host, X_Forwarded_For=said) == NONE, (said, host)
        assert not Way(port).listens()


def test_the_command_line_works_beside_a_listed_proxy_on_the_same_pc(behind: RunningServer) -> None:
    found = Way(behind.port).rights(behind, signs_in=True)
    assert found["local pass"] == 200, "it proves itself by the secret file"
    assert {**found, "local pass": 403} == NONE | NOT_SIGNED_IN, "who only comes from there could be anybody"


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host", "X-Client-IP", "True-Client-IP", "CF-Ray", "X-ARR-SSL"],
)
def test_what_any_proxy_adds_takes_every_right_of_this_pc(server: RunningServer, header: str) -> None:
    assert Way(server.port).rights(server, **{header: "127.0.0.1"}) == NONE


def test_a_socket_through_a_forwarder_is_not_this_pc_either(server: RunningServer) -> None:
    client = socketio.SimpleClient()
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(
            server.url,
            auth={"api_key": EXAMPLE_KEY},
            transports=["websocket"],
            headers={"X-Forwarded-For": "192.168.1.7"},
        )
    status, code = Way(server.port).ask("GET", "/events", X_API_Key=EXAMPLE_KEY, Via="1.1 proxy")
    assert (status, code) == (403, "development_key")


def test_an_unlisted_forwarder_is_told_once_with_what_to_set(server: RunningServer) -> None:
    for _ in range(3):
        Way(server.port).ask("GET", "/health", X_Forwarded_For="10.0.0.9")
    (line,) = [line for line in server.log().splitlines() if "unlisted_proxy" in line]
    assert 'TRUSTED_PROXIES = [\\"127.0.0.1\\"]' in line


def test_a_listed_forwarder_is_not_told_of(behind: RunningServer) -> None:
    Way(behind.port).ask("GET", "/health", X_Forwarded_For="10.0.0.9")
    assert "unlisted_proxy" not in behind.log()


def test_forged_headers_from_everywhere_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    forwarders = UnlistedForwarders(())
    for number in range(3 * MOST_TOLD):
        forwarders.note(f"10.0.{number // 250}.{number % 250}", {"via": "x"}, "1.1")
    assert len([record for record in caplog.records if "unlisted_proxy" in record.getMessage()]) <= MOST_TOLD
