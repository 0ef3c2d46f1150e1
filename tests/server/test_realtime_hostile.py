"""Clients that send garbage, too much, or nothing, and clients that stop reading: cut off, and nobody else notices."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from tests.server.live_office import LiveOffice, Window


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("hostile"))
    yield opened
    opened.close()


def bare(office: LiveOffice, **how: Any) -> websocket.WebSocket:
    """A WebSocket on which Engine.IO has said hello."""
    url = f"ws{office.url[4:]}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(url, 15, suppress_origin=True, **how)
    assert str(opened.recv()).startswith("0{")
    return opened


def introduced(office: LiveOffice, who: str = "agent-norte", **how: Any) -> websocket.WebSocket:
    opened = bare(office, **how)
    opened.send("40" + json.dumps({"api_key": office.keys[who]}))
    assert str(opened.recv()).startswith("40{")
    return opened


def seconds_until_closed(opened: websocket.WebSocket) -> float:
    """How long the server keeps the connection; what it still says is read."""
    began = time.monotonic()
    with contextlib.suppress(websocket.WebSocketException, OSError):
        while opened.recv_frame().opcode != websocket.ABNF.OPCODE_CLOSE:
            pass
    return time.monotonic() - began


GARBAGE = [
    "",
    "x",
    "9",
    "0",
    "5",
    "bAAAA",
    "4",
    "45-[]",
    "451-[" + '{"_placeholder":true,"num":0}]',
    "42",
    "42{}",
    "42[]",
    '42"sync"',
    "42[",
    '42["sync"',
    "42" + "[" * 30_000,
    "4" + "[" * 30_000,
    "42" + "9" * 200 + '["sync"]',
    '42["' + "x" * 80_000 + '"]',
    "\x00",
    "4\x00",
]


@pytest.mark.parametrize("text", GARBAGE, ids=[f"{number}" for number in range(len(GARBAGE))])
@pytest.mark.parametrize("known", [False, True], ids=["stranger", "known"])
def test_garbage_ends_the_connection_and_nothing_else(office: LiveOffice, text: str, *, known: bool) -> None:
    with office.window("boss") as other, contextlib.closing(introduced(office) if known else bare(office)) as opened:
        opened.send(text)
        assert seconds_until_closed(opened) < 5
        assert other.call("sync")["ok"] is True
    assert "Traceback" not in office.server.log()


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"4", b""])
def test_binary_frames_end_the_connection(office: LiveOffice, payload: bytes) -> None:
    with contextlib.closing(introduced(office)) as opened:
        opened.send_binary(payload)
        assert seconds_until_closed(opened) < 5


def test_an_oversized_frame_is_refused_before_it_is_read(office: LiveOffice) -> None:
    with contextlib.closing(introduced(office)) as opened:
        with contextlib.suppress(OSError):
            opened.send("42" + "x" * 5_000_000)
        assert seconds_until_closed(opened) < 5


def test_a_flood_ends_the_connection(office: LiveOffice) -> None:
    with contextlib.closing(introduced(office)) as opened:
        with contextlib.suppress(OSError):
            for number in range(2_000):
                opened.send(f'42{number}["view_contact",{{"id":null}}]')
        assert seconds_until_closed(opened) < 5


@pytest.mark.parametrize("values", ["1", "null", '"x"', "[]", '{"id":{}}', '{"__class__":1}', "1e400", "true"])
def test_arguments_of_any_kind_are_answered(office: LiveOffice, values: str) -> None:
    with contextlib.closing(introduced(office)) as opened:
        opened.send(f'427["view_contact",{values}]')
        while not (answer := str(opened.recv())).startswith("437"):
            pass
        assert json.loads(answer[3:])[0]["error"]["code"] in {"invalid_input", "bad_request"}


def test_a_client_cannot_act_as_the_library_and_connect_again(office: LiveOffice) -> None:
    """`connect` and `disconnect` are names of the library's own events, whose handlers believe their arguments."""
    with contextlib.closing(introduced(office)) as opened:
        opened.send('427["connect",{"asgi.scope":{}},{"api_key":"x"}]')
        while not (answer := str(opened.recv())).startswith("437"):
            pass
        assert json.loads(answer[3:])[0]["error"]["code"] == "event_unknown"


def test_another_namespace_is_not_there(office: LiveOffice) -> None:
    with contextlib.closing(bare(office)) as opened:
        opened.send("40/admin," + json.dumps({"api_key": office.keys["boss"]}))
        assert str(opened.recv()).startswith("44/admin,")


def test_who_never_says_who_he_is_is_cut_off(office: LiveOffice) -> None:
    with contextlib.closing(bare(office)) as opened:
        began = time.monotonic()
        with contextlib.suppress(websocket.WebSocketException, OSError):
            while True:
                if str(opened.recv()) == "2":
                    opened.send("3")
        assert time.monotonic() - began < 13


def test_a_client_that_stops_reading_is_cut_off_and_the_others_hear_everything(office: LiveOffice) -> None:
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096),)
    with contextlib.closing(introduced(office, "agent-sur", sockopt=small)) as stuck:
        with office.window("lead-sur") as lead, office.window("free") as reader:
            lead.told("presence", lambda told: {"id": office.ids["free"], "online": True} in told["people"])
            began = time.monotonic()
            contact = office.create()
            while time.monotonic() - began < 15:
                contact = office.edit("manager", contact, note="x" * 9_000 + str(contact["version"]))
                if "cut_off" in office.server.log() or "line_cut" in office.server.log():
                    break
            assert time.monotonic() - began < 11
            told = reader.told_of(contact["seq"])
            assert sum(len(message["changes"]) for message in told) >= contact["version"]
            gone = {"id": office.ids["agent-sur"], "online": False}
            lead.told("presence", lambda told: gone in told["people"])
        assert stuck.connected


def test_the_window_of_a_cut_off_client_may_come_back(office: LiveOffice) -> None:
    with Window(office.url, {"api_key": office.keys["agent-sur"]}) as window:
        assert window.call("sync")["ok"] is True
