"""A TCP connection to a phone program that is kept up: connects, reads on a thread of its own, connects again."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread, current_thread

from callmanager.softphones.refusals import phone_absent
from callmanager.softphones.wiring.frames import BadFrame

_CONNECT_SECONDS = 2.0
_CHUNK = 65_536
_AT_ONCE_SECONDS = (0.0, 0.05, 0.1)
"""Before a lost connection is tried again. A program that is being ended may still take some that it cannot serve."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of a connection, on its thread.

    opened:   it is up; the first thing that is sent may be sent here.
    received: bytes came; BadFrame ends the connection.
    lost:     it broke.
    absent:   an attempt to connect failed; told at each attempt.
    """

    opened: Callable[[], None]
    received: Callable[[bytes], None]
    lost: Callable[[], None]
    absent: Callable[[], None]


class Link:
    """One connection. A lost one is tried again at once, then every `retry_seconds`.

    One that is lost again and again as soon as it is up is not tried at once for ever.
    """

    def __init__(self, host: str, port: int, listener: Listener, retry_seconds: float = 1.0) -> None:
        self._address = (host, port)
        self._listener = listener
        self._retry_seconds = retry_seconds
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._socket: socket.socket | None = None
        self._up = False
        self._attempt = 0  # the number of the last attempt to connect
        self._failed = 0  # the number of the last one that failed
        self._wake = Event()
        self._closing = False
        self._thread = Thread(target=self._run, name=f"phone-{host}:{port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait_up(self, seconds: float) -> bool:
        """Whether the connection is up; if not, after one more attempt, made now, or after `seconds`.

        An attempt that is under way does not count: it may have begun before the phone did.
        """
        with self._changed:
            known = self._attempt
            self._wake.set()
            self._changed.wait_for(lambda: self._up or self._failed > known or self._closing, seconds)
            return self._up

    def send(self, message: bytes) -> None:
        """Raises Unavailable (phone_absent) when the connection is not up; what was sent may still be lost."""
        with self._lock:
            if self._socket is None:
                raise phone_absent()
            try:
                self._socket.sendall(message)
            except OSError:
                self._shut()
                raise phone_absent() from None

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._shut()
            self._changed.notify_all()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not current_thread():
            self._thread.join(_CONNECT_SECONDS + 1)

    def _run(self) -> None:
        short = 0  # connections in a row that were lost as soon as they were up
        while not self._closing:
            self._wake.clear()
            if self._connect():
                began = time.monotonic()
                self._read()
                short = 0 if time.monotonic() - began > self._retry_seconds else short + 1
                if short < len(_AT_ONCE_SECONDS):
                    self._wake.wait(_AT_ONCE_SECONDS[short])
                    continue  # whether the phone is still there is asked at once
            elif not self._closing:
                short = 0
                self._listener.absent()
            self._wake.wait(0 if self._closing else self._retry_seconds)

    def _connect(self) -> bool:
        with self._lock:
            self._attempt += 1
        try:
            connected = socket.create_connection(self._address, timeout=_CONNECT_SECONDS)
        except OSError:
            with self._changed:
                self._failed = self._attempt
                self._changed.notify_all()
            return False
        connected.settimeout(None)
        with self._lock:
            self._socket = connected
            if self._closing:
                self._shut()
        return True

    def _read(self) -> None:
        connected = self._socket
        try:
            self._listener.opened()
            self._say_up()
            while connected and (received := connected.recv(_CHUNK)):
                self._listener.received(received)
        except (OSError, BadFrame):
            pass
        finally:
            self._drop()
        if not self._closing:
            self._listener.lost()

    def _say_up(self) -> None:
        with self._changed:
            self._up = self._socket is not None
            self._changed.notify_all()

    def _drop(self) -> None:
        with self._lock:
            self._up = False
            if self._socket:
                self._socket.close()
            self._socket = None

    def _shut(self) -> None:
        """End the connection so that its reader wakes; who reads closes it."""
        if self._socket:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
