"""The inner names of python-socketio, python-engineio, uvicorn and websockets that realtime/ and process/ build on.

When one of these fails with a new version, read realtime/engine/server.py, lines.py and process/websockets.py.
"""

import inspect
from pathlib import Path

import engineio
import orjson
import pytest
import socketio
from socketio.base_manager import BaseManager
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from callmanager.server.process.websockets import OutletWebSocket
from callmanager.server.realtime.packets import LEAVE, event_frame, text_frame


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (socketio.AsyncServer, "_handle_eio_message", ["self", "eio_sid", "data"]),
        (socketio.AsyncServer, "_handle_event", ["self", "eio_sid", "namespace", "id", "data"]),
        (BaseManager, "sid_from_eio_sid", ["self", "eio_sid", "namespace"]),
        (BaseManager, "eio_sid_from_sid", ["self", "sid", "namespace"]),
        (BaseManager, "is_connected", ["self", "sid", "namespace"]),
        (WebSocketsSansIOProtocol, "handle_connect", ["self", "event"]),
    ],
)
def test_what_we_override_and_call_is_still_there(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_library_still_calls_what_we_override() -> None:
    source = inspect.getsource(socketio.AsyncServer)
    assert source.count("self._handle_event(") >= 1
    assert "self.eio.on('message', self._handle_eio_message)" in inspect.getsource(socketio.base_server)
    assert "self.environ[eio_sid]" in source


def test_the_library_still_keeps_its_sockets_and_their_queues_where_we_look() -> None:
    server = socketio.AsyncServer(async_mode="asgi")
    assert server.eio.sockets == {}
    assert "'asgi.scope': scope" in inspect.getsource(engineio.async_drivers.asgi)
    assert "self.queue = self.server.create_queue()" in inspect.getsource(engineio.base_socket)


def test_uvicorns_websocket_still_has_what_the_outlet_uses() -> None:
    source = Path(inspect.getfile(WebSocketsSansIOProtocol)).read_text("utf-8")
    for name in (
        "self.close_sent = ",
        "self.disconnected = ",
        "self.conn = ServerProtocol(",
        "self.queue: ",
        "self.scope",
    ):
        assert name in source, name
    assert issubclass(OutletWebSocket, WebSocketsSansIOProtocol)
    assert {"send_close", "data_to_send"} <= set(dir(ServerProtocol))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_a_ready_frame_is_what_the_library_would_write(size: int) -> None:
    text = b"x" * size
    assert text_frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)


def test_an_event_is_what_the_library_would_send() -> None:
    payload = {"a": [1, None, "ñ"]}
    packet = socketio.packet.Packet(socketio.packet.EVENT, namespace="/", data=["changes", payload])
    framed = event_frame("changes", orjson.dumps(payload))
    assert orjson.loads(framed[4:]) == orjson.loads(packet.encode()[1:])
    assert framed[2:4] == b"4" + packet.encode()[:1].encode()
    assert LEAVE[2:] == b"4" + socketio.packet.Packet(socketio.packet.DISCONNECT, namespace="/").encode().encode()
