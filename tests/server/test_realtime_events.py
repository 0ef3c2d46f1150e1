"""GET /events: every change as it happens, and after an interruption what was missed, without a hole."""

import contextlib
import http.client
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.server.live_office import LiveOffice


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("events"))
    yield opened
    opened.close()


@contextlib.contextmanager
def stream(office: LiveOffice, who: str, query: str = "", last: int | None = None) -> Iterator[Iterator[str]]:
    """The lines of a stream that has begun."""
    headers = {"X-API-Key": office.keys[who]}
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=20)) as connection:
        connection.request("GET", f"/events{query}", headers=headers)
        with connection.getresponse() as answer:
            assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream; charset=utf-8")
            lines = (line.decode().rstrip("\n") for line in answer)
            assert next(lines) == "retry: 3000"
            yield lines


def events(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Id and data of each event."""
    number = 0
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        if line.startswith("data: "):
            yield number, orjson.loads(line[6:])


def until(lines: Iterator[str], seq: int) -> list[dict[str, Any]]:
    found = []
    for number, told in events(lines):
        assert number == told["seq"]
        found.append(told)
        if number >= seq:
            return found
    raise AssertionError("the stream ended")


def test_a_reader_is_told_what_happens(office: LiveOffice) -> None:
    with stream(office, "manager") as lines:
        contact = office.create(name="Nora")
        told = until(lines, contact["seq"])[-1]
    assert told["records"]["contact"] == [contact]


def test_a_reader_resumes_without_a_hole_or_a_repeat(office: LiveOffice) -> None:
    with stream(office, "manager") as lines:
        first = office.create()
        until(lines, first["seq"])
    missed = [office.create(phone=f"8800-{number:04d}") for number in range(20)]
    with stream(office, "manager", last=first["seq"]) as lines:
        new = office.create(name="Nueva")
        told = until(lines, new["seq"])
    seen = [change["seq"] for message in told for change in message["changes"]]
    assert seen == [contact["seq"] for contact in [*missed, new]]


def test_a_reader_far_behind_gets_everything_in_pieces(office: LiveOffice) -> None:
    rows = [{"phone": f"87{number:06d}", "name": f"N{number}"} for number in range(1_500)]
    before = office.create()
    with stream(office, "manager") as live:
        assert office.ask("manager", "POST", "/import", json=rows).status_code == 201
        after = office.create()
        with stream(office, "manager", last=before["seq"]) as lines:
            late = until(lines, after["seq"])
        present = until(live, after["seq"])
    for told in (late, present):
        names = {record["name"] for message in told for record in message.get("records", {}).get("contact", [])}
        assert {row["name"] for row in rows} <= names
    assert len(late) > 1


def test_only_the_kinds_that_were_asked_for_are_told(office: LiveOffice) -> None:
    with stream(office, "boss", "?entity=team,campaign") as lines:
        office.create()
        answer = office.ask("boss", "POST", "/teams", json={"name": "Este"})
        assert answer.status_code == 201
        told = until(lines, answer.json()["seq"])
    assert [change["entity"] for message in told for change in message["changes"]] == ["team"]


def test_a_reader_is_told_only_what_he_may_see(office: LiveOffice) -> None:
    with stream(office, "agent-norte") as lines:
        office.create(team_id=office.teams["Sur"], name="Secreta")
        shared = office.create()
        assert "Secreta" not in str(until(lines, shared["seq"]))


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({}, 401, "not_signed_in"),
        ({"headers": {"Origin": "http://evil.example"}}, 403, "origin_not_allowed"),
        ({"headers": {"Host": "rebound.example"}}, 403, "host_not_allowed"),
        ({"who": "boss", "query": "?entity=ghost"}, 422, "entity_unknown"),
        ({"who": "boss", "headers": {"Last-Event-ID": "99999999"}}, 410, "snapshot_needed"),
        ({"who": "boss", "headers": {"Last-Event-ID": "x"}}, 410, "snapshot_needed"),
        ({"who": "boss", "method": "POST"}, 405, "method_not_allowed"),
    ],
)
def test_what_is_not_right_is_a_problem_document(
    office: LiveOffice, how: dict[str, Any], status: int, code: str
) -> None:
    headers = {"Accept-Language": "en", **how.get("headers", {})}
    answer = office.ask(how.get("who"), how.get("method", "GET"), f"/events{how.get('query', '')}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def knock(office: LiveOffice, **how: Any) -> socket.socket:
    """A bare connection whose stream has begun."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, how.get("buffer", 65_536))
    opened.settimeout(20)
    opened.connect(("127.0.0.1", office.server.port))
    opened.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {office.keys['manager']}\r\n\r\n".encode())
    begun = b""
    while b"retry: 3000" not in begun:
        begun += opened.recv(1_000)
    return opened


def complaints(office: LiveOffice, since: int) -> list[str]:
    """What the log holds after its first `since` characters that IT would have to look at."""
    return [line for line in office.server.log()[since:].splitlines() if "error" in line.lower() or "ASGI" in line]


def test_a_reader_that_goes_away_is_no_error(office: LiveOffice) -> None:
    since = len(office.server.log())
    for leave in (
        lambda opened: opened.close(),
        lambda opened: opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),  # a reset
        lambda opened: opened.shutdown(socket.SHUT_WR),
    ):
        with contextlib.closing(knock(office)) as opened:
            leave(opened)
        office.create(name="Sin oyente")
    with stream(office, "manager") as lines:
        until(lines, office.create()["seq"])
    assert complaints(office, since) == []


def test_a_reader_that_takes_nothing_is_cut_off_and_that_is_no_error_of_the_server(office: LiveOffice) -> None:
    since, began = len(office.server.log()), time.monotonic()
    contact = office.create()
    with contextlib.closing(knock(office, buffer=4_096)) as opened:
        for _ in range(200):  # more than the sockets of both sides hold
            contact = office.edit("manager", contact, note="x" * 15_000 + str(contact["version"]))
        while "stream_cut" not in office.server.log()[since:] and time.monotonic() - began < 30:
            select.select([], [], [], 0.2)
        assert "stream_cut" in office.server.log()[since:]
        with contextlib.suppress(ConnectionError):
            while opened.recv(1_000_000):
                pass
    assert office.ask("boss", "GET", "/health").status_code == 200
    assert complaints(office, since) == []


def test_a_stop_ends_the_stream_in_order(office: LiveOffice) -> None:
    with stream(office, "manager") as lines, office.window("boss") as window:
        office.server.ask_to_stop()
        assert "event: notice" in list(lines)
        assert window.told("notice")["code"] == "stopping"
        window.told("disconnect")
    assert office.server.process.wait(20) == 0
    office.restart()
