"""Cuts what a server writes on a WebSocket into whole frames; what the frames say is left as it is."""

from __future__ import annotations

_TEXT = 0x81
_LARGE, _HUGE = 126, 127


class Frames:
    """The frames of one connection, as they come in pieces. A server's frames bear no mask."""

    def __init__(self) -> None:
        self._unread = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The frames that are whole now, each with its head."""
        self._unread += piece
        found = []
        while (size := self._size()) is not None:
            found.append(self._unread[:size])
            self._unread = self._unread[size:]
        return found

    def _size(self) -> int | None:
        if len(self._unread) < 2:
            return None
        start = head_size(self._unread)
        if len(self._unread) < start:
            return None
        size = start + _said_size(self._unread, start)
        return size if len(self._unread) >= size else None


def head_size(frame: bytes) -> int:
    """How many bytes stand before what a frame says."""
    return {_LARGE: 4, _HUGE: 10}.get(frame[1] & 0x7F, 2)


def is_event(frame: bytes) -> bool:
    """Whether a frame holds an event or an acknowledgement of Socket.IO, and not the library's own talk."""
    return frame[0] == _TEXT and frame[head_size(frame) :][:2] in (b"42", b"43")


def _said_size(frame: bytes, start: int) -> int:
    return frame[1] & 0x7F if start == 2 else int.from_bytes(frame[2:start])
