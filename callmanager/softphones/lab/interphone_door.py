"""The door through which the laboratory's InterPhone is worked: JSON lines on loopback, with a token.

Windows shows the parts of other programs' windows; Tk's are not among them, and Linux has nothing alike. Each program
leaves a file with its port and token in the folder of doors, for this user alone.
"""

from __future__ import annotations

import hmac
import json
import os
import queue
import secrets
import socket
import socketserver
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from threading import Thread
from typing import Any

LOOPBACK = "127.0.0.1"
MOST_BYTES = 65_536
_HELD_SECONDS = 60.0
"""How long a question waits for a window that does not answer; who asks gives up long before."""

Answer = dict[str, Any]
Work = Callable[[Mapping[str, Any]], Answer]


class Door:
    """Takes questions on threads and has them answered by the window's thread, which calls `serve_waiting`.

    `answer` is asked there. `known` is answered at once from what the window last wrote into `seen`.
    """

    def __init__(self, folder: Path, answer: Work) -> None:
        self._answer = answer
        self._token = secrets.token_hex(16)
        self._waiting: queue.SimpleQueue[tuple[Mapping[str, Any], Future[Answer]]] = queue.SimpleQueue()
        self.seen: Answer = {"windows": []}
        self._server = _Server((LOOPBACK, 0), _handler(self))
        self._path = folder / f"{os.getpid()}.json"
        self._write_file()
        Thread(target=self._server.serve_forever, args=(0.05,), name="lab-door", daemon=True).start()

    def serve_waiting(self) -> None:
        """Answer what has been asked. On the window's thread."""
        while not self._waiting.empty():
            asked, future = self._waiting.get()
            if future.set_running_or_notify_cancel():
                future.set_result(self._answer(asked))

    def ask(self, asked: Mapping[str, Any]) -> Answer:
        """On the thread of a connection."""
        if not hmac.compare_digest(str(asked.get("token", "")).encode(), self._token.encode()):
            return {"refused": "token"}
        if asked.get("ask") == "windows":
            return self.seen
        future: Future[Answer] = Future()
        self._waiting.put((asked, future))
        try:
            return future.result(_HELD_SECONDS)
        except TooLate:
            future.cancel()
            return {"refused": "window_hung"}

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()

    def _write_file(self) -> None:
        """Whole at once, and readable by this user alone."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.unlink(missing_ok=True)
        port: int = self._server.server_address[1]
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump({"port": port, "token": self._token, "process_id": os.getpid()}, file)
        part.replace(self._path)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _handler(door: Door) -> type[socketserver.StreamRequestHandler]:
    class Connection(socketserver.StreamRequestHandler):
        """One question and its answer."""

        def handle(self) -> None:
            try:
                asked = json.loads(self.rfile.readline(MOST_BYTES))
                answer = door.ask(asked if isinstance(asked, dict) else {})
                self.wfile.write(json.dumps(answer).encode() + b"\n")
            except (OSError, ValueError):
                return  # who asked has gone, or speaks something else

    return Connection


def ask_door(port: int, question: Mapping[str, Any], seconds: float) -> Answer:
    """Ask one question. Raises OSError when nobody is there (TimeoutError: somebody who does not answer)."""
    with socket.create_connection((LOOPBACK, port), seconds) as connection:
        connection.settimeout(seconds)
        connection.sendall(json.dumps(question).encode() + b"\n")
        with connection.makefile("rb") as lines:
            line = lines.readline(MOST_BYTES)
    if not line.endswith(b"\n"):
        raise ConnectionResetError
    answer: Answer = json.loads(line)
    return answer
