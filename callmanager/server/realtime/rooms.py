"""Who is connected, by what they may see and by user: each socket is in one feed room and in one of its user.

Used from the event loop only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from callmanager.domain.errors import CallManagerError
from callmanager.server.announcements import LiveCounts
from callmanager.server.changes.broadcast import Audience
from callmanager.server.edges.callers import Caller
from callmanager.server.logs import get_log
from callmanager.server.queries.identities import Identity
from callmanager.server.realtime.live_sockets import LiveSocket
from callmanager.server.realtime.packets import event_frame

_log = get_log("live")
_K = TypeVar("_K")
_V = TypeVar("_V")


class Reader(Protocol):
    """An event stream: it takes what it is offered, or ends."""

    @property
    def caller(self) -> Caller: ...

    @property
    def identity(self) -> Identity: ...

    def offer(self, seq: int, payload: bytes) -> None: ...

    def sign_out(self, error: CallManagerError) -> None: ...

    def end(self) -> None: ...


class Rooms:
    """The sockets and streams of this server."""

    def __init__(self, counts: LiveCounts) -> None:
        self._counts = counts
        self._sockets: dict[str, LiveSocket] = {}
        self._rooms: dict[Audience, set[LiveSocket]] = {}
        self._users: dict[int, set[LiveSocket]] = {}
        self._readers: dict[Audience, set[Reader]] = {}

    def enter(self, socket: LiveSocket) -> None:
        self._sockets[socket.sid] = socket
        self._rooms.setdefault(socket.audience, set()).add(socket)
        self._users.setdefault(socket.user_id, set()).add(socket)
        self._counts.sockets = len(self._sockets)

    def leave(self, sid: str) -> LiveSocket | None:
        """Take a socket out of its rooms; None when it was in none."""
        socket = self._sockets.pop(sid, None)
        if socket is not None:
            _drop(self._rooms, socket.audience, socket)
            _drop(self._users, socket.user_id, socket)
            self._counts.sockets = len(self._sockets)
        return socket

    def find(self, sid: str) -> LiveSocket | None:
        return self._sockets.get(sid)

    def of_user(self, user_id: int) -> list[LiveSocket]:
        return list(self._users.get(user_id, ()))

    def sockets(self) -> list[LiveSocket]:
        return list(self._sockets.values())

    def feed_rooms(self) -> list[Audience]:
        """What the sockets may see, each once."""
        return list(self._rooms)

    def audiences(self) -> list[Audience]:
        """Everybody who must be told of changes."""
        return list({**self._rooms, **self._readers})

    def join(self, audience: Audience, reader: Reader) -> None:
        self._readers.setdefault(audience, set()).add(reader)
        self._counts.streams += 1

    def part(self, audience: Audience, reader: Reader) -> None:
        if reader in self._readers.get(audience, ()):
            _drop(self._readers, audience, reader)
            self._counts.streams -= 1

    def readers(self) -> Iterator[Reader]:
        for found in list(self._readers.values()):
            yield from list(found)

    def tell_changes(self, audience: Audience, seq: int, payload: bytes) -> None:
        """Give an audience its message."""
        self.tell_room(audience, event_frame("changes", payload))
        for reader in list(self._readers.get(audience, ())):
            reader.offer(seq, payload)

    def tell_room(self, audience: Audience, frame: bytes) -> None:
        for socket in list(self._rooms.get(audience, ())):
            self.send(socket, frame)

    def tell_scope(self, scope: str, frame: bytes) -> None:
        """Tell all who may see what bears `scope`."""
        for audience in self.feed_rooms():
            if audience.sight.covers(scope):
                self.tell_room(audience, frame)

    def tell_user(self, user_id: int, frame: bytes) -> None:
        for socket in self.of_user(user_id):
            self.send(socket, frame)

    def send(self, socket: LiveSocket, frame: bytes) -> None:
        """Write to one client; one that takes too little is cut off, for it would cost the others memory."""
        if socket.ending:
            return
        socket.outlet.write(frame)
        self._counts.messages += 1
        self._counts.bytes += len(frame)
        if socket.is_slow():
            self.cut_off(socket, "slow")

    def cut_off(self, socket: LiveSocket, reason: str) -> None:
        """Hang up at once. The client connects again and catches up from the log."""
        socket.ending = True
        self._counts.cut_off += 1
        _log.warning("cut_off", reason=reason, user=socket.identity.actor.name, unsent=socket.outlet.unsent_bytes())
        socket.outlet.abort()


def _drop(index: dict[_K, set[_V]], key: _K, value: _V) -> None:
    found = index.get(key, set())
    found.discard(value)
    if not found:
        index.pop(key, None)
