"""The client of the routes against a real server, and what it says when there is none."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from callmanager.desktop.remote import Remote, rest
from callmanager.desktop.remote.rest import check_address, new_key
from callmanager.desktop.wire import Position
from callmanager.domain.errors import Conflict, Gone, Invalid, NotFound, Unauthenticated, Unavailable
from callmanager.server.security.tls import init_tls
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import free_port


def test_a_user_signs_in_works_and_signs_out(office: LiveOffice) -> None:
    office.hire("ana")
    remote = Remote(office.server.url, language="en")
    signed_in = remote.sign_in("ana", PASSWORD)
    assert (signed_in.username, signed_in.role, signed_in.must_change_password) == ("ana", "agent", False)
    assert remote.show_me()["username"] == "ana"
    remote.sign_out()
    with pytest.raises(Unauthenticated) as refused:
        remote.show_me()
    assert refused.value.code == "not_signed_in"
    remote.close()


def test_a_session_that_was_ended_elsewhere_can_still_be_left(office: LiveOffice) -> None:
    made = office.hire("ines")
    remote = Remote(office.server.url)
    remote.sign_in("ines", PASSWORD)
    office.boss.ask("PATCH", f"/users/{made['id']}", body={"active": False}, version=1)
    with pytest.raises(Unauthenticated):
        remote.show_me()
    remote.sign_out()
    remote.close()


def test_a_wrong_password_is_refused_in_the_language_of_the_user(office: LiveOffice) -> None:
    remote = Remote(office.server.url, language="en")
    with pytest.raises(Unauthenticated) as refused:
        remote.sign_in("nobody", "wrong")
    assert str(refused.value) == "The user or the password is not right. Check both and try again."
    remote.close()


def test_an_edit_under_an_old_version_is_a_conflict_that_shows_both(office: LiveOffice) -> None:
    made = office.create(name="Ana")
    office.boss.edit_contact(made["id"], {"name": "Ana María"}, version=1)
    with pytest.raises(Conflict) as conflict:
        office.boss.edit_contact(made["id"], {"name": "Anita"}, version=1)
    assert conflict.value.code == "version_conflict"
    assert "name" in str(conflict.value.fields)


def test_what_is_missing_and_what_is_wrong_have_errors_of_their_own(office: LiveOffice) -> None:
    with pytest.raises(NotFound):
        office.boss.get_contact(10**6)
    with pytest.raises(Invalid) as wrong:
        office.boss.ask("POST", "/contacts", body={"phone": "12"})
    assert wrong.value.code == "phone_too_short"
    with pytest.raises(Gone):
        office.boss.read_changes(Position("another", 1, 0))


def test_a_write_sent_twice_with_its_key_is_done_once(office: LiveOffice) -> None:
    key = new_key()
    answers = [office.boss.ask("POST", "/contacts", body={"phone": "8811-2233"}, key=key) for _ in range(2)]
    assert answers[0].body == answers[1].body


def test_pages_follow_each_other(office: LiveOffice) -> None:
    for number in range(5):
        office.create(name=f"Página {number}")
    page = office.boss.read_snapshot(limit=2)
    assert (page.since, page.has_more) == (0, True)
    following = office.boss.read_changes(page.position, limit=2)
    assert following.since == page.to
    assert following.to > page.to


def test_lines_of_the_log_come_newest_first_and_bounded(office: LiveOffice) -> None:
    made = office.create(name="Registro")
    office.boss.edit_contact(made["id"], {"note": "uno"}, version=1)
    lines, _following = office.boss.list_changes(since=made["seq"] - 1, limit=10)
    assert [(line["kind"], line["record_id"]) for line in lines[-2:]] == [
        ("updated", made["id"]),
        ("created", made["id"]),
    ]
    first, following = office.boss.list_changes(since=made["seq"] - 1, before=made["seq"] + 1, limit=10)
    assert (first, following) == (lines[-1:], None)


def test_a_server_that_is_not_there_is_told_apart_from_one_that_does_not_answer() -> None:
    remote = Remote(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable) as nobody:
        remote.show_me()
    assert nobody.value.code == "server_unreachable"
    with pytest.raises(Unavailable) as socket:
        remote.connect_live(lambda _event, _payload: None)
    assert socket.value.code == "no_socket"
    remote.close()


class Strange(BaseHTTPRequestHandler):
    """Another program at the same address: answers pages, hangs up, or sends elsewhere."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path == "/health":
            self._say(200, b"<html>a printer</html>")
        elif self.path == "/auth/me":
            self._say(302, b"")
        elif self.path == "/sync/snapshot?limit=5000":
            self._say(200, b'{"epoch": "x"}')
        else:
            self.close_connection = True  # no answer at all

    def do_POST(self) -> None:
        self.do_GET()

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own word
        del format, args


@pytest.fixture
def printer() -> Iterator[Remote]:
    Strange.seen = []
    server = HTTPServer(("127.0.0.1", 0), Strange)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    remote = Remote(f"http://127.0.0.1:{server.server_port}", api_key="secret")
    yield remote
    remote.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_where_another_program_answers_is_named_as_such(printer: Remote) -> None:
    with pytest.raises(Invalid) as page:
        printer.ask("GET", "/health")
    assert page.value.code == "not_callmanager"
    with pytest.raises(Invalid):
        printer.read_snapshot()


def test_the_credential_does_not_follow_to_another_place(printer: Remote) -> None:
    with pytest.raises(Invalid):
        printer.show_me()
    assert Strange.seen == ["/auth/me"]


def test_a_request_without_answer_is_sent_again_only_when_that_is_safe(printer: Remote) -> None:
    with pytest.raises(Unavailable) as lost:
        printer.ask("GET", "/nothing")
    assert lost.value.code == "answer_lost"
    assert Strange.seen == ["/nothing", "/nothing"]
    Strange.seen.clear()
    with pytest.raises(Unavailable):
        printer.sign_in("ana", "clave")
    assert Strange.seen == ["/auth/login"]


def test_a_read_is_given_up_sooner_than_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "READ_SECONDS", 0.1)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = Remote(f"http://127.0.0.1:{silent.getsockname()[1]}", api_key="cm_x")
        with pytest.raises(Unavailable) as lost:
            remote.read_snapshot()
        remote.close()
    assert lost.value.code == "answer_lost"
    assert time.monotonic() - began < rest.ANSWER_SECONDS / 2


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.168.1.10:5000", "http://192.168.1.10:5000"),
        (" https://oficina.lan/ ", "https://oficina.lan"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_is_read_as_it_was_meant(typed: str, meant: str) -> None:
    assert check_address(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "ftp://a", "http://", "http://a:b", "http://a:99999", "http://a/api", "http://u@a"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        check_address(typed)


def test_a_certificate_that_is_not_the_offices_is_refused(tmp_path: Path) -> None:
    files = init_tls(tmp_path / "tls", ["127.0.0.1"], now=datetime.now(UTC))
    Strange.seen = []
    server = HTTPServer(("127.0.0.1", 0), Strange)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda _request, _client: None  # type: ignore[method-assign]  # refused handshakes are the point
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stranger, colleague = (
        Remote(f"https://127.0.0.1:{server.server_port}", api_key="secret", ca_file=trusted)
        for trusted in (None, files.ca)
    )
    with pytest.raises(Unavailable) as refused:
        stranger.ask("GET", "/health")
    with pytest.raises(Unavailable):
        stranger.connect_live(lambda _event, _payload: None)
    assert (refused.value.code, Strange.seen) == ("certificate_untrusted", [])
    with pytest.raises(Invalid):
        colleague.ask("GET", "/health")
    assert Strange.seen == ["/health"]
    stranger.close()
    colleague.close()
    server.shutdown()
    thread.join()
    server.server_close()
