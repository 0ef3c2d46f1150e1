"""uvicorn, run inside our process: our signals, our sockets, our way to stop."""

from __future__ import annotations

import asyncio
import importlib
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from uvicorn.config import Config
from uvicorn.server import Server

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.guests.book import GuestBook
from callmanager.server.logs import get_log
from callmanager.server.process.connections import BoundedConnection
from callmanager.server.process.handshakes import EncryptedDoor
from callmanager.server.process.websockets import MOST_MESSAGE_BYTES, OutletWebSocket

DRAIN_SECONDS = 10
GOODBYE_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 75  # longer than the pauses of our clients, so that each keeps its one connection

# Ctrl+Break exists on Windows only; it is what a service manager or a console without Ctrl+C sends there.
STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

_log = get_log("server")


class Certificate(NamedTuple):
    """TLS_CERT and TLS_KEY."""

    cert: Path
    key: Path


def run_loop(
    app: object,
    listener: socket.socket,
    encryption: ssl.SSLContext | None,
    *,
    book: GuestBook,
    on_started: Callable[[], None],
    on_stopping: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve `app` on `listener` until a signal to stop; what is being answered then has DRAIN_SECONDS to end.

    Both callbacks run in the loop: when connections are taken, and when none is any more, before they are closed.
    """
    server = _Stoppable(_config(app, book), on_started, on_stopping)
    if encryption is not None:
        server.door = EncryptedDoor(listener, encryption, book, server.make_connection)
    with _stopped_by_signals(server), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))


def load_encryption(tls: Certificate) -> ssl.SSLContext:
    """What encrypts with these two files. Raises Invalid when they cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(tls.cert, tls.key)
        return context
    except (OSError, ssl.SSLError) as error:
        raise Invalid(
            "tls_unusable",
            N_("The certificate %(cert)s or its key cannot be used. Run `callmanager tls init` to make new ones."),
            cert=str(tls.cert),
        ) from error


class _Stoppable(Server):
    """uvicorn's server without its signal handlers, which would end the process before the last backup is taken."""

    def __init__(
        self, config: Config, on_started: Callable[[], None], on_stopping: Callable[[], Awaitable[None]] | None
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stopping = on_stopping
        self.door: EncryptedDoor | None = None

    def make_connection(self) -> BoundedConnection:
        """As uvicorn makes them for the connections that it takes itself."""
        connection: BoundedConnection = self.config.http_protocol_class(  # type: ignore[assignment,call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return connection

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets if self.door is None else [])
        if self.door is not None:
            self.door.open()
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.door is not None:
            await self.door.close()
        if self._on_stopping is not None:
            await self._on_stopping()
        hurry = asyncio.get_running_loop().create_task(self._hang_up_idle())
        try:
            await super().shutdown(sockets=sockets)
        finally:
            hurry.cancel()
            self._hang_up(idle_only=False)
            await asyncio.sleep(0.01)  # the loop lets go of what was hung up

    async def _hang_up_idle(self) -> None:
        """Who is not being answered had a moment to say goodbye."""
        while True:
            await asyncio.sleep(GOODBYE_SECONDS)
            self._hang_up(idle_only=True)

    def _hang_up(self, *, idle_only: bool) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedConnection) and (connection.is_idle or not idle_only):
                connection.hang_up()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal stops in order; a second one does not wait for those who are being answered."""
        del frame
        _log.info("stopping", signal=signal.Signals(sig).name)
        self.force_exit = self.should_exit
        self.should_exit = True


@contextmanager
def _stopped_by_signals(server: _Stoppable) -> Iterator[None]:
    before = {number: signal.signal(number, server.handle_exit) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _config(app: object, book: GuestBook) -> Config:
    return Config(
        app,  # type: ignore[arg-type]  # uvicorn's own ASGI types name each message
        http=partial(BoundedConnection, book=book),  # type: ignore[arg-type]  # uvicorn only calls it
        ws=OutletWebSocket,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_ping_interval=None,  # Engine.IO has pings of its own, which the client's program answers, not its system
        ws_per_message_deflate=False,
        loop="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        workers=1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, on Windows winloop; asyncio's own loop where it is not installed."""
    try:
        module = importlib.import_module("winloop" if sys.platform == "win32" else "uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = module.new_event_loop
    return factory
