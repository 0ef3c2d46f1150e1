"""python-socketio's server with less to do: it connects and pings; events and messages are ours.

The one place that knows the inner names of python-socketio and python-engineio; their versions are pinned, and
tests/server/test_realtime_engine.py fails when the names move.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Protocol

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused

from callmanager.server.realtime.engine.lines import MOST_FRAME_BYTES, PATIENCE_SECONDS, PING_SECONDS, wait_until_sent

NAMESPACE = "/"

_NOT_READABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


class Handlers(Protocol):
    """What is done with what clients send. `scope` is the ASGI scope of the connection."""

    async def connect(self, sid: str, scope: Any, auth: object) -> None:
        """Let somebody in. Raises Refused."""
        ...

    def enter(self, sid: str) -> None:
        """The client knows that it is connected: it may be told things now."""
        ...

    async def receive(self, sid: str, name: object, values: list[Any]) -> bytes | None:
        """An event; returns the JSON of its acknowledgement."""
        ...

    def acknowledge(self, sid: str, number: int, answer: bytes) -> None: ...

    def disconnect(self, sid: str) -> None: ...

    def hang_up(self, scope: Any) -> None:
        """What a client sent is no Socket.IO."""
        ...


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Routes every event of clients to `handlers`, also those that bear the names of the library's own events."""

    def __init__(self, handlers: Handlers) -> None:
        super().__init__(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=[],  # Origin and Host are checked before the library sees a connection
            max_http_buffer_size=MOST_FRAME_BYTES,
            ping_interval=PING_SECONDS,
            ping_timeout=PATIENCE_SECONDS,
            monitor_clients=False,  # lines.py looks after silent ones, by a clock that is never set
            logger=_quiet("socketio"),
            engineio_logger=_quiet("engineio"),
        )
        self._ours = handlers
        self._entering: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.on("connect", self._connect)
        self.on("disconnect", self._disconnect)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        await self._ours.connect(sid, environ["asgi.scope"], auth)
        # Runs after the library has put its answer to the connection into the queue.
        self._entering[sid] = self._begin(self._enter(sid))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that the garbage collector leaves alone until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _enter(self, sid: str) -> None:
        eio_sid = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None:
            try:
                await wait_until_sent(socket.queue)
            except TimeoutError:  # it does not even take the answer to its connection
                self._ours.hang_up(self.environ[eio_sid]["asgi.scope"])
                return
            if self.manager.is_connected(sid, NAMESPACE):
                self._ours.enter(sid)

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        del reason
        self._entering.pop(sid, None)
        self._ours.disconnect(sid)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except _NOT_READABLE:
            environ = self.environ.get(eio_sid)
            if environ is not None:
                self._ours.hang_up(environ["asgi.scope"])

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:  # noqa: A002
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace or NAMESPACE)
        if sid is None or not isinstance(data, list) or not data:
            raise ValueError("an event of nobody, or without a name")
        self._begin(self._receive(sid, id, data))

    async def _receive(self, sid: str, number: int | None, data: list[Any]) -> None:
        entering = self._entering.get(sid)
        if entering is not None:
            await entering
        answer = await self._ours.receive(sid, data[0], data[1:])
        if answer is not None and number is not None:
            self._ours.acknowledge(sid, number, answer)


def _quiet(name: str) -> logging.Logger:
    """A logger of ours: the library's own would print, line by line, what clients send."""
    logger = logging.getLogger(f"callmanager.library.{name}")
    logger.setLevel(logging.CRITICAL)
    return logger


__all__ = ["Handlers", "Refused", "SocketServer"]
