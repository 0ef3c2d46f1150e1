"""What the connection test says of an address: each obstacle by its own name, and certificates by their fingerprint."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from callmanager import __version__
from callmanager.desktop.models.session import ServerChoice, SessionStage
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.certificates import fetch_fingerprint
from callmanager.desktop.remote.probing import FoundServer, complete_address, probe
from callmanager.desktop.sync_events import Status
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.server.security.tls import TlsFiles, init_tls
from tests.desktop.conftest import LiveOffice
from tests.desktop.session_desk import SessionDesk
from tests.live_server import RunningServer, free_port, launch_server


class StillClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def tried(address: str, fingerprint: str | None = None, **how: float) -> FoundServer:
    return probe(address, own_version=__version__, clock=SystemClock(), fingerprint=fingerprint, **how)


def refused(address: str, fingerprint: str | None = None, **how: float) -> CallManagerError:
    with pytest.raises(CallManagerError) as error:
        tried(address, fingerprint, **how)
    assert str(error.value)
    return error.value


def test_a_server_is_found_with_its_version(office: LiveOffice) -> None:
    assert tried(office.server.url) == FoundServer(office.server.url, __version__)


def test_a_name_that_nobody_has(office: LiveOffice) -> None:
    del office
    assert refused("http://no-such-pc.invalid:5000").code == "name_not_found"


def test_a_port_where_no_program_listens() -> None:
    assert refused(f"http://127.0.0.1:{free_port()}").code == "port_closed"


def test_a_pc_that_swallows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def vanish(*_given: object, **_how: object) -> socket.socket:
        raise TimeoutError  # as after a firewall that drops; no address of this machine does so reliably

    monkeypatch.setattr(socket, "create_connection", vanish)
    assert refused("http://192.0.2.1:5000").code == "no_answer"


def test_a_program_that_takes_the_connection_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert refused(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.3).code == "no_answer"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>a printer</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own word
        del format, args


def test_another_program() -> None:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert refused(f"http://127.0.0.1:{server.server_port}", seconds=0.3).code == "not_callmanager"
        server.shutdown()


@pytest.mark.parametrize(("shift", "code"), [(timedelta(minutes=9), "fast"), (timedelta(minutes=-9), "slow")])
def test_a_clock_that_is_wrong_is_named_and_stands_in_nobodys_way(
    office: LiveOffice, shift: timedelta, code: str
) -> None:
    clock = StillClock(datetime.now(UTC) + shift)
    found = probe(office.server.url, own_version=__version__, clock=clock)
    assert [note.code for note in found.notes] == ["clock_skew"]
    assert code in found.notes[0].message
    assert found.notes[0].params["minutes"] == 9


def test_a_server_of_another_version_is_named(office: LiveOffice) -> None:
    found = probe(office.server.url, own_version="9.1.0", clock=SystemClock())
    assert [note.code for note in found.notes] == ["other_version"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.168.1.10", "http://192.168.1.10:5000"),
        (" pc-1:5001/ ", "http://pc-1:5001"),
        ("http://pc-1", "http://pc-1"),
        ("https://pc-1:5000", "https://pc-1:5000"),
    ],
)
def test_what_is_missing_in_an_address_is_what_is_usual(typed: str, meant: str) -> None:
    assert complete_address(typed) == meant


@contextmanager
def secured(folder: Path, port: int = 0) -> Iterator[tuple[RunningServer, TlsFiles]]:
    files = init_tls(folder / "tls", ["127.0.0.1", "localhost"], now=datetime.now(UTC))
    given = {"TLS_CERT": str(files.cert), "TLS_KEY": str(files.key)}
    server = launch_server(folder, **given, **({"SERVER_PORT": port} if port else {}))
    with server:
        _wait(lambda: bool(fetch_fingerprint("127.0.0.1", server.port)))
        yield server, files


def _wait(is_true: Callable[[], bool]) -> None:
    for _attempt in range(600):
        try:
            if is_true():
                return
        except OSError:
            threading.Event().wait(0.05)
    raise AssertionError("it did not start")


def test_a_certificate_is_shown_accepted_pinned_and_a_changed_one_refused(tmp_path: Path) -> None:
    desk = SessionDesk(tmp_path / "pc")
    (tmp_path / "pc").mkdir()
    with secured(tmp_path / "one") as (server, files):
        address = f"https://127.0.0.1:{server.port}"
        unknown = refused(address)
        assert unknown.code == "certificate_unknown"
        assert unknown.fields["fingerprint"] == files.fingerprint_sha256
        assert refused(f"http://127.0.0.1:{server.port}").code == "https_needed"
        assert refused(address, "AB:" * 31 + "AB").code == "certificate_changed"

        desk.begin(address)
        desk.until(lambda: desk.session.choice.offered_fingerprint)
        assert desk.session.stage is SessionStage.CHOOSING
        desk.session.choice.accept_certificate()
        desk.rest(SessionStage.SIGNING_IN)
        boss = Remote(address, fingerprint=files.fingerprint_sha256)
        boss.sign_in("admin", "1234")
        new = "cuatro nubes sin lluvia"
        given = {"old_password": "1234", "new_password": new, "confirm_password": new}
        boss.ask("POST", "/auth/change-password", body=given)
        boss.close()
        desk.sign_in("admin", new)
        desk.rest(SessionStage.SIGNED_IN)
        workplace = desk.session.workplace
        assert workplace is not None
        desk.until(lambda: workplace.sync.status is Status.LIVE)  # the socket keeps to the certificate too
        desk.end()
        port = server.port
    with secured(tmp_path / "two", port):
        desk.begin(address)
        desk.rest(SessionStage.SIGNING_IN)
        desk.session.username, desk.session.password = "admin", "secreto"
        desk.session.sign_in()
        desk.until(lambda: desk.session.error is not None and not desk.session.is_busy)
        assert desk.session.error is not None
        assert desk.session.error.code == "certificate_changed"
        assert refused(address, files.fingerprint_sha256).fields["fingerprint"] != files.fingerprint_sha256
        with pytest.raises(Unavailable):
            Remote(address, api_key="cm_x", fingerprint=files.fingerprint_sha256).connect_live(lambda _e, _p: None)
        desk.end()


def test_plain_http_where_https_was_typed(office: LiveOffice) -> None:
    assert refused(office.server.url.replace("http://", "https://")).code == "http_needed"


def test_servers_of_the_network_are_offered_and_none_is_said_in_words(tmp_path: Path, office: LiveOffice) -> None:
    desk = SessionDesk(tmp_path)
    desk.begin()
    desk.rest(SessionStage.CHOOSING)
    choice: ServerChoice = desk.session.choice
    choice.look()
    desk.until(lambda: not choice.is_looking)
    assert choice.found == []
    choice.test(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    assert desk.session.address == office.server.url
    desk.end()
    desk.begin()  # and remembered for the next start
    desk.rest(SessionStage.SIGNING_IN)
    desk.end()
