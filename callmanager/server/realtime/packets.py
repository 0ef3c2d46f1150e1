"""Socket.IO messages as ready WebSocket frames, encoded once for however many receive them.

python-socketio's `emit` makes a task per client, and Engine.IO's writer a timer and two frames' work per message. What
these bytes say is fixed by the protocols (Socket.IO 5, Engine.IO 4, RFC 6455), not by the libraries.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import orjson

_TEXT = 0x81  # the last frame of a text message, not masked
_EVENT = b"42"  # Engine.IO: message; Socket.IO: event, in the namespace /


def event_frame(name: str, payload: bytes) -> bytes:
    """The event `name` with one argument, which is JSON already."""
    return text_frame(b"%b[%b,%b]" % (_EVENT, orjson.dumps(name), payload))


def value_frame(name: str, payload: Mapping[str, Any]) -> bytes:
    """The event `name` with one argument."""
    return event_frame(name, orjson.dumps(payload))


def text_frame(text: bytes) -> bytes:
    """A whole text message from a server."""
    size = len(text)
    if size < 126:
        return struct.pack("!BB", _TEXT, size) + text
    if size < 65_536:
        return struct.pack("!BBH", _TEXT, 126, size) + text
    return struct.pack("!BBQ", _TEXT, 127, size) + text


LEAVE = text_frame(b"41")
"""Socket.IO: the server ends this connection, and the client shall not come back by itself."""
