"""TLS connections: each takes its place among the guests before the handshake, and has only so long for it.

asyncio's own door (a server with a certificate) tells nobody of a connection before its handshake has ended, for which
it gives a minute: whoever opens many and says nothing holds every open file of the process.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from callmanager.server.guests.book import GuestBook
from callmanager.server.process.connections import BoundedConnection

AGAIN_SECONDS = 0.2


class EncryptedDoor:
    """Takes connections from `listener` while it is open. `make` makes what serves one."""

    def __init__(
        self,
        listener: socket.socket,
        certificate: ssl.SSLContext,
        book: GuestBook,
        make: Callable[[], BoundedConnection],
    ) -> None:
        self._listener = listener
        self._certificate = certificate
        self._places = book.connections
        self._seconds = book.shares.stranger_seconds
        self._make = make
        self._at_work: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Called in the loop."""
        self._begin(self._accept())

    async def close(self) -> None:
        """Take nobody any more; who has not shaken hands by now is hung up on."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _accept(self) -> None:
        while True:
            try:
                connection, address = await asyncio.get_running_loop().sock_accept(self._listener)
            except OSError:  # whoever came has left, or no open file is free just now
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._begin(self._receive(connection, str(address[0])))

    async def _receive(self, connection: socket.socket, address: str) -> None:
        guest = self._places.arrive(address, _ending(asyncio.current_task()))
        if guest is None:
            connection.close()
            return
        served = self._make()
        served.take_place(guest)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: served, connection, ssl=self._certificate, ssl_handshake_timeout=self._seconds
            )
        except (OSError, asyncio.CancelledError):  # no TLS, too late, gone; or it had to make room
            self._places.depart(guest)


def _ending(task: asyncio.Task[None] | None) -> Callable[[], None]:
    def end() -> None:
        if task is not None:
            task.cancel()

    return end
