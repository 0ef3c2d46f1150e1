"""C9: a control character is refused as a problem wherever it stands, and no answer fails without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import IncompleteRead
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
import requests

from callmanager.server.edges.routing import DECLARED, Declared
from callmanager.server.edges.texts import check_address, check_json
from tests.server.live_office import LiveOffice
from tests.server.matrix_calls import WAYS
from tests.server.matrix_people import PEOPLE
from tests.server.matrix_ways import PLAIN, Office
from tests.server.served_adapter import Environ, serving
from tests.web import LOCAL, Web

BOSS = next(person for person in PEOPLE if person.name == "boss")
CONTROLS = ("\0", "\x01", "\x1f", "\x7f", "\x80", "\n")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    web = Web(tmp_path_factory.mktemp("controls"))
    yield Office(web)
    web.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("live_controls"))
    yield opened
    opened.close()


def label(declared: Declared) -> str:
    return f"{declared.method} {declared.path}"


def check_refused(answer: Any) -> None:
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), answer.text[:300]
    assert answer.json["code"] == "control_character"


@pytest.mark.parametrize("declared", DECLARED.values(), ids=label)
def test_no_route_takes_a_control_character_in_its_query(office: Office, declared: Declared) -> None:
    path = declared.path.replace("<int:", "<").replace("<", "1").replace(">", "")
    for control in CONTROLS:
        query = f"limit=1&q=a{quote(control)}b"
        answer = office.web.ask("boss", declared.method, path, query_string=query)
        check_refused(answer)
        assert answer.json["fields"] == {"field": "q"}


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_no_path_holds_a_control_character(office: Office, control: str) -> None:
    for path in (f"/contacts/1{quote(control)}", f"/backups/a{quote(control)}b/verify", f"/{quote(control)}"):
        check_refused(office.web.client.open(path, method="POST", base_url=LOCAL))


@pytest.mark.parametrize("declared", [d for d in DECLARED.values() if d.body is not None], ids=label)
def test_no_route_takes_a_nul_in_its_json(office: Office, declared: Declared) -> None:
    way = WAYS.get(label(declared), PLAIN)
    asked = way.prepare(office, BOSS, way.kinds[0])
    path = declared.path
    for name, value in asked.path.items():
        path = path.replace(f"<int:{name}>", str(value)).replace(f"<{name}>", str(value))
    for body in ({"note": "a\0b"}, {"a\0b": 1}, {"x": [{"y": ["\0"]}]}):
        headers = {} if asked.version is None else {"If-Match": f'"{asked.version}"'}
        check_refused(office.web.ask("boss", declared.method, path, json=body, headers=headers))


def test_other_controls_of_json_are_taken_and_a_backslash_is_no_nul() -> None:
    check_json(json.dumps({"note": "a\n\tb", "name": "\\u0000"}).encode())
    check_json(b'{"no json": "\\u0000')
    check_json(b'["\\u0000"' + b"[" * 5_000)
    check_address("/año/ÀÉ", "q=%C3%80\u00c3\u0080")


def test_a_form_with_a_control_character_is_refused(office: Office) -> None:
    form = {"file": (BytesIO(b"phone\n8888-7777\n"), "a.csv"), "mapping": "a\x01b"}
    check_refused(office.web.ask("boss", "POST", "/import", data=form))


def test_a_row_with_a_nul_is_refused_and_the_others_come_in(office: Office) -> None:
    rows = [{"phone": "8888-1111", "name": "a\0b"}, {"phone": "8888-2222"}, {"phone": "8888-3333", "c\0d": "x"}]
    report = office.web.ask("boss", "POST", "/import", json=rows).json
    assert [(error["row"], error["code"]) for error in report["errors"]] == [(1, "row_nul"), (3, "row_nul")]
    assert report["inserted"] == 1


@pytest.mark.parametrize("path", ["/contacts?q=a%00b", "/contacts?q=a%00b&limit=5", "/export?q=%00", "/events?x=%01"])
def test_the_running_server_says_it_too_where_it_would_stream(live: LiveOffice, path: str) -> None:
    headers = {"X-API-Key": live.keys["boss"]}
    answer = requests.get(f"{live.url}{path}", headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "control_character"


def test_a_socket_event_with_a_nul_is_refused(live: LiveOffice) -> None:
    with live.window("boss") as window:
        told = window.call("set_state", state="not_ready", reason="a\0b")
        assert (told["ok"], told["error"]["code"]) == (False, "control_character")


def test_a_stream_whose_first_piece_fails_is_a_problem(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from callmanager.server.queries import contacts  # noqa: PLC0415

    def fails(*_args: object) -> Iterator[bytes]:
        raise RuntimeError("inner words")
        yield b""

    monkeypatch.setattr(contacts, "stream_contacts", fails)
    for _ in range(20):  # more than one user may have at once: a failed one gives its place back
        answer = office.web.ask("boss", "GET", "/contacts")
        assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
        assert answer.json["code"] == "internal_error"
    assert office.web.services.guests.counts.streams == 0


def test_whatever_fails_below_the_application_is_a_problem_and_later_a_cut() -> None:
    def application(environ: Environ, start: Any) -> Iterator[bytes]:
        if environ["PATH_INFO"] == "/early":
            raise RuntimeError("inner words")
        start("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/late":
            yield b"first"
        raise RuntimeError("inner words")

    with serving(application) as served:
        for path in ("/early", "/first"):
            status, headers, body = served.ask("GET", path)
            assert (status, headers["content-type"]) == (500, "application/problem+json")
            assert json.loads(body)["code"] == "internal_error"
        with pytest.raises(IncompleteRead):
            served.ask("GET", "/late")
