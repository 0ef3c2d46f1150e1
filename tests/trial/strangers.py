"""Strangers who hold connections to a server, and how many it may keep of them."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from tests.live_server import RunningServer

SHARES = {"MAX_STRANGERS": 60, "MAX_STRANGERS_PER_ADDRESS": 20, "STRANGER_SECONDS": 2}


def connect(server: RunningServer, sockets: ExitStack, sent: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    """One who sends so much and no more; it is closed with `sockets`."""
    opened = socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=(source, 0))
    sockets.callback(opened.close)
    if sent:
        opened.sendall(sent)
    return opened


def is_open(connection: socket.socket) -> bool:
    """Whether the server has not hung up; what it has sent is thrown away."""
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
