"""uvicorn's WebSocket, with a way to send ready frames and to hang up on a client that does not read."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from callmanager.server.edges.outlets import GUEST, OUTLET
from callmanager.server.guests.connections import Connections, Guest

END_SECONDS = 2.0
MOST_MESSAGE_BYTES = 262_144  # refused unread; realtime/engine/lines.py refuses what is over a quarter of it


class OutletWebSocket(WebSocketsSansIOProtocol):
    """An Outlet (edges/outlets.py): the application finds it in its scope.

    A frame is written past uvicorn's `send`, which would encode it again for each client and wait for slow ones.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames = 0
        self._place: tuple[Connections, Guest] | None = None

    def take_place(self, places: Connections, guest: Guest) -> None:
        """The place of the connection that became this. Until its client is known, it is one that is waited for."""
        self._place = (places, guest)
        places.wait(guest)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][GUEST] = guest

    def connection_lost(self, exc: Exception | None) -> None:
        if self._place is not None:
            self._place[0].depart(self._place[1])
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:  # the application has not begun to run: its task was only just made
            scope["extensions"][OUTLET] = self

    def write(self, frame: bytes) -> None:
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self._frames = self._frames + 1 if self.transport.get_write_buffer_size() else 1
        self.transport.write(frame)

    def unsent_bytes(self) -> int:
        return 0 if self.disconnected else self.transport.get_write_buffer_size()

    def unsent_frames(self) -> int:
        return self._frames if self.unsent_bytes() else 0

    def has_unread(self) -> bool:
        return not self.queue.empty()

    def end(self) -> None:
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.conn.send_close(1000)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._tell_application()
        self.transport.close()
        self.loop.call_later(END_SECONDS, self.abort)

    def abort(self) -> None:
        if not self.disconnected:
            self._tell_application()
            self.transport.abort()

    def _tell_application(self) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1000})
