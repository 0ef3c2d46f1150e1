"""A stranger on the network: a real socket that answers as CallManager would, and records every byte it is sent."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import ssl
import struct
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from callmanager.server.security.tls import TlsFiles

MOST = 65_536
SECONDS = 10.0
REFUSAL = b'44{"message":"not_signed_in"}'
OPEN_PACKET = '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
ME = {"id": 1, "username": "ana", "role": "agent", "permissions": ["contact:edit"], "user": {}}


class Stranger:
    """`heard` is everything that anybody said; `visits` counts connections. With `away` it sends everybody there."""

    def __init__(self, files: TlsFiles | None = None, away: str = "") -> None:
        self._context = None if files is None else _context(files.cert, files.key)
        self._away = away
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._heard = b""
        self.visits = 0
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'http' if files is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def heard(self) -> str:
        with self._lock:
            return self._heard.decode("latin-1")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                plain, _who = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._talk, args=(plain,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        plain.settimeout(SECONDS)
        with plain, suppress(OSError):
            spoken = plain if self._context is None else self._context.wrap_socket(plain, server_side=True)
            with spoken:
                while head := self._read_request(spoken):
                    if "upgrade: websocket" in head.lower() and not self._away:
                        self._talk_by_socket(spoken, head)
                        return
                    spoken.sendall(self._answer(head))

    def _read_request(self, spoken: socket.socket) -> str:
        text = b""
        while b"\r\n\r\n" not in text:
            piece = self._take(spoken)
            if not piece:
                return ""
            text += piece
        head, _, body = text.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        left = int(length[1]) - len(body) if length else 0
        while left > 0 and (piece := self._take(spoken)):
            left -= len(piece)
        return head.decode("latin-1")

    def _take(self, spoken: socket.socket) -> bytes:
        piece = spoken.recv(MOST)
        self._note(piece)
        return piece

    def _note(self, piece: bytes) -> None:
        with self._lock:
            self._heard += piece

    def _answer(self, head: str) -> bytes:
        if self._away:
            path = head.split(" ")[1]
            away = self._away.replace("http", "ws") if "upgrade: websocket" in head.lower() else self._away
            return f"HTTP/1.1 307 Go\r\nLocation: {away}{path}\r\nContent-Length: 0\r\n\r\n".encode()
        healthy = {"status": "ok", "version": "1.0.0", "time": datetime.now(UTC).isoformat()}
        body = json.dumps({**healthy, **ME}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def _talk_by_socket(self, spoken: socket.socket, head: str) -> None:
        """Engine.IO's greeting; what comes after it is the credential, masked as sockets do."""
        key = re.search(r"sec-websocket-key: *(\S+)", head, re.IGNORECASE)
        assert key is not None
        magic = hashlib.sha1(f"{key[1]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
        accept = base64.b64encode(magic).decode()
        lines = ("HTTP/1.1 101 Go", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}")
        packet = OPEN_PACKET.encode()
        spoken.sendall("\r\n".join((*lines, "", "")).encode() + b"\x81" + bytes([len(packet)]) + packet)
        with spoken.makefile("rb") as frames:
            while len(start := frames.read(2)) == 2:
                size = start[1] & 127
                size = struct.unpack(">H", frames.read(2))[0] if size == 126 else size
                mask, masked = frames.read(4), frames.read(size)
                self._note(bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked)))
                spoken.sendall(b"\x81" + bytes([len(REFUSAL)]) + REFUSAL + b"\x88\x00")
                return


def _context(cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
