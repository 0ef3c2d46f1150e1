"""Values that one reader of JSON takes and another does not are refused in words, by socket and by HTTP, never 500."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests
import websocket

from tests.server.live_office import LiveOffice

ODD = ["NaN", "[Infinity]", "-Infinity", '"\\ud800"', '"\\udfff\\ud800"', "99999999999999999999", "[" * 300 + "]" * 300]
EVENTS = {
    "view_contact": '{"id":%s}',
    "sync": '{"epoch":%s,"seq":0}',
    "renew_locks": '{"leases":[{"id":1,"token":%s}]}',
    "update_contact": '{"id":1,"version":1,"fields":{"extra":{"a":%s}}}',
    "softphone": '{"health":{"state":"ready","detail":%s}}',
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("odd"))
    yield opened
    opened.close()


def connect(office: LiveOffice) -> websocket.WebSocket:
    url = f"ws{office.url[4:]}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(url, 15, suppress_origin=True)
    assert str(opened.recv()).startswith("0{")
    return opened


def first(opened: websocket.WebSocket, start: str) -> str:
    while not (said := str(opened.recv())).startswith(start):
        pass
    return said


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("odd", ODD)
def test_no_event_is_too_odd_for_an_answer(office: LiveOffice, name: str, odd: str) -> None:
    with contextlib.closing(connect(office)) as opened:
        opened.send("40" + json.dumps({"api_key": office.keys["agent-norte"]}))
        first(opened, "40{")
        opened.send(f'427["{name}",{EVENTS[name] % odd}]')
        answer = json.loads(first(opened, "437")[3:])[0]
        assert answer["error"]["code"] in {"bad_request", "invalid_input"}, answer


@pytest.mark.parametrize("odd", ['"\\ud800' + "x" * 40 + '"', '"\\u0000' + "x" * 40 + '"', "NaN", "9" * 90])
def test_an_odd_credential_is_refused(office: LiveOffice, odd: str) -> None:
    with contextlib.closing(connect(office)) as opened:
        opened.send(f'40{{"api_key":{odd}}}')
        assert json.loads(first(opened, "44")[2:])["data"]["status"] in {401, 403}


CURSORS: list[tuple[str, Any]] = [
    *((sort, held) for sort in ("id", "name", "-updated_at") for held in (None, True, 1, "x", {}, [], [[]])),
    ("name", ["name", "x", True]),
    ("name", ["name", "a\0b", 1]),
    ("id", ["id", None, 2**63]),
    ("-updated_at", ["-updated_at", 2**63, 1]),
    ("-updated_at", ["-updated_at", True, 1]),
    ("-updated_at", ["-updated_at", -1, 1]),
]


@pytest.mark.parametrize(("sort", "held"), CURSORS)
@pytest.mark.parametrize("limit", ["&limit=1", ""])
def test_a_cursor_made_by_hand_is_refused(office: LiveOffice, sort: str, held: object, limit: str) -> None:
    cursor = base64.urlsafe_b64encode(orjson.dumps(held)).decode().rstrip("=")
    answer = requests.get(
        f"{office.url}/contacts?sort={sort}&cursor={cursor}{limit}",
        headers={"X-API-Key": office.keys["agent-norte"]},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["code"]) in {(422, "cursor_invalid"), (422, "invalid_input")}
