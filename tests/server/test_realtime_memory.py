"""Clients that stop reading are cut off and leave nothing behind: what was queued for them is bounded, then freed."""

import asyncio
import contextlib
import gc
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import websocket

from callmanager.server.asgi import Parts
from callmanager.server.edges.scopes import Receive, Scope, Send
from callmanager.server.process.websockets import OutletWebSocket
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.live_sockets import MOST_UNSENT_BYTES, LiveSocket
from callmanager.server.realtime.packets import value_frame
from callmanager.server.realtime.sockets import Sockets
from tests.web import Web

STUCK = 12
FRAME = value_frame("changes", {"filler": "x" * 60_000})
SMALL = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096),)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    office = Web(tmp_path)
    yield office
    office.services.imports.close()
    office.close()


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("only sockets are asked for")


@asynccontextmanager
async def served(web: Web) -> AsyncIterator[tuple[Live, int]]:
    """The live side behind real connections in this process, and its port."""
    live = Live(web.services)
    sockets = Sockets(live)
    how: dict[str, Any] = {"ws": OutletWebSocket, "ws_ping_interval": None, "ws_per_message_deflate": False}
    config = uvicorn.Config(Parts(nothing, {"socket.io": sockets}), loop="none", lifespan="off", log_config=None, **how)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        sockets.start()
        try:
            yield live, listener.getsockname()[1]
        finally:
            await live.stop()
            server.should_exit = True
            await serving
            live.close()


def connect(port: int, key: str, **how: Any) -> websocket.WebSocket:
    url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(url, 15, suppress_origin=True, **how)
    assert str(opened.recv()).startswith("0{")
    opened.send("40" + json.dumps({"api_key": key}))
    assert str(opened.recv()).startswith("40{")
    return opened


class Reader:
    """A client that takes what it is told and answers pings."""

    def __init__(self, port: int, key: str) -> None:
        self.taken = 0
        self._opened = connect(port, key)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(websocket.WebSocketException, OSError):
            while text := str(self._opened.recv()):
                if text == "2":
                    self._opened.send("3")
                self.taken += text.startswith('42["changes",{"filler"')

    def close(self) -> None:
        self._opened.shutdown()
        self._thread.join()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  # what is waited for is done elsewhere
            await asyncio.sleep(0.005)


def living(kind: type) -> list[Any]:
    gc.collect()
    return [found for found in gc.get_objects() if type(found) is kind]


def queued(outlets: list[OutletWebSocket]) -> int:
    """Bytes that this process keeps for clients who have not taken them, on connections of every state."""
    return sum(outlet.transport.get_write_buffer_size() for outlet in outlets)


def test_what_is_queued_for_clients_that_stop_reading_is_bounded_and_freed_with_them(web: Web) -> None:
    async def scenario() -> None:
        async with served(web) as (live, port):
            reader = await asyncio.to_thread(Reader, port, web.keys["manager"])
            stuck = [await asyncio.to_thread(connect, port, web.keys["manager"], sockopt=SMALL) for _ in range(STUCK)]
            await until(lambda: len(live.rooms.sockets()) == STUCK + 1)
            told = await fill(live, reader)
            assert live.counts.cut_off == STUCK
            assert reader.taken == told
            await until(lambda: len(living(OutletWebSocket)) == 1)
            assert len(living(LiveSocket)) == 1
            assert queued(living(OutletWebSocket)) == 0
            for client in stuck:
                client.shutdown()
            await asyncio.to_thread(reader.close)

    asyncio.run(scenario())


async def fill(live: Live, reader: Reader) -> int:
    """Tell everybody until only the reader is left; never is more kept than each client may leave untaken."""
    (audience,) = live.rooms.feed_rooms()
    outlets, told = living(OutletWebSocket), 0
    assert len(outlets) == STUCK + 1
    while len(live.rooms.sockets()) > 1:
        live.rooms.tell_room(audience, FRAME)
        told += 1
        assert queued(outlets) <= (STUCK + 1) * (MOST_UNSENT_BYTES + len(FRAME))
        await until(lambda expected=told: reader.taken == expected)
    assert queued(outlets) == 0
    return told
