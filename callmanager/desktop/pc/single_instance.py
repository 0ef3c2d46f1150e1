"""One window per user and PC. A second start asks the first to come to the front, through a port of this PC itself."""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_NAME, DOOR_NAME = "window.lock", "window.json"
KNOCK_SECONDS = 2.0
MOST_BYTES = 200


class SingleInstance:
    """The right to be the window of a data folder, from `claim` to `close`."""

    def __init__(self, folder: Path) -> None:
        self._door_file = folder / DOOR_NAME
        self._lock = FileLock(folder / LOCK_NAME)
        self._listener: socket.socket | None = None
        self._word = secrets.token_hex(16)
        self._on_knock: Callable[[], object] = lambda: None

    def claim(self) -> bool:
        """Whether this is the only window of the folder. After a crash too: the lock ends with its process."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def listen(self, on_knock: Callable[[], object]) -> None:
        """Call `on_knock`, from a thread, whenever a second one was started."""
        self._on_knock = on_knock
        try:
            self._listener = socket.create_server(("127.0.0.1", 0))
            door = {"port": self._listener.getsockname()[1], "word": self._word}
            self._door_file.touch(mode=0o600)
            self._door_file.write_text(json.dumps(door), "utf-8")
        except OSError:
            return  # then a second start says that there is a window, and does not find it
        threading.Thread(target=self._answer, args=(self._listener,), name="desktop-door", daemon=True).start()

    def call_the_first(self) -> bool:
        """Ask the window that is there to show itself; whether it heard."""
        try:
            door = json.loads(self._door_file.read_text("utf-8"))
            with socket.create_connection(("127.0.0.1", int(door["port"])), KNOCK_SECONDS) as knock:
                knock.settimeout(KNOCK_SECONDS)
                knock.sendall(str(door["word"]).encode())
                return knock.recv(2) == b"ok"
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def close(self) -> None:
        """Let another window be the one."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            self._door_file.unlink(missing_ok=True)
        self._lock.release()

    def _answer(self, listener: socket.socket) -> None:
        while True:
            try:
                knock, _who = listener.accept()
            except OSError:
                return  # closed
            with knock, contextlib.suppress(OSError):
                knock.settimeout(KNOCK_SECONDS)
                if hmac.compare_digest(knock.recv(MOST_BYTES), self._word.encode()):
                    self._on_knock()
                    knock.sendall(b"ok")
