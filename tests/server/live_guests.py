"""Whoever hears live updates, by socket or by stream: notes why and when the server ended it."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any, Protocol

import requests
import socketio

from tests.server.live_office import SECONDS, LiveOffice, shut


class Guest(Protocol):
    """`reason` is what the server said, `ended_at` (monotonic) when the connection was closed; None while it lasts."""

    reason: str | None
    ended_at: float | None

    def wait(self, until: float) -> None:
        """Return when it has ended, or at `until`."""
        ...

    def close(self) -> None: ...


class SocketGuest:
    """A window; `auth` is its handshake."""

    def __init__(self, office: LiveOffice, auth: dict[str, str]) -> None:
        self.reason: str | None = None
        self.ended_at: float | None = None
        self._ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on("signed_out", self._hear)
        self.client.on("disconnect", self._end)
        self.client.connect(office.url, auth=auth, transports=["websocket"], wait_timeout=SECONDS)
        assert self.client.call("sync", {}, timeout=SECONDS)["ok"]

    def _hear(self, told: dict[str, Any]) -> None:
        self.reason = told["reason"]

    def _end(self, reason: object) -> None:
        del reason
        self.ended_at = time.monotonic()
        self._ended.set()

    def wait(self, until: float) -> None:
        self._ended.wait(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        shut(self.client)


class StreamGuest:
    """A reader of /events; `headers` carry its credential."""

    def __init__(self, office: LiveOffice, headers: dict[str, str]) -> None:
        self.reason: str | None = None
        self.ended_at: float | None = None
        self._connection = http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=60)
        self._connection.request("GET", "/events", headers=headers)
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200
        assert self._answer.readline() == b"retry: 3000\n"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        event = ""
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed under its reader
            for line in self._answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                event = value if name == "event" else event
                if (name, event) == ("data", "signed_out"):
                    self.reason = json.loads(value)["reason"]
        self.ended_at = time.monotonic()

    def wait(self, until: float) -> None:
        self._reader.join(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        if self._connection.sock is not None:
            self._connection.sock.shutdown(2)
        self._reader.join(SECONDS)
        self._answer.close()
        self._connection.close()


@contextlib.contextmanager
def guests_of(office: LiveOffice, token: str, key: str) -> Iterator[dict[str, Guest]]:
    """A socket and a stream by each credential, in each place where it is taken."""
    with contextlib.ExitStack() as open_ones:
        found: dict[str, Guest] = {}
        for name, auth, headers in (
            ("token", {"token": token}, {"Authorization": f"Bearer {token}"}),
            ("token as key", {"api_key": token}, {"X-API-Key": token}),
            ("key", {"api_key": key}, {"X-API-Key": key}),
            ("key as token", {"token": key}, {"Authorization": f"Bearer {key}"}),
        ):
            found[f"socket, {name}"] = SocketGuest(office, auth)
            open_ones.callback(found[f"socket, {name}"].close)
            found[f"stream, {name}"] = StreamGuest(office, headers)
            open_ones.callback(found[f"stream, {name}"].close)
        yield found


def refusal(office: LiveOffice, credential: str) -> str | None:
    """Why a request with it is refused; None when it is answered."""
    headers = {"Authorization": f"Bearer {credential}"}
    answer = requests.get(f"{office.url}/contacts", headers=headers, timeout=SECONDS)
    return None if answer.status_code == 200 else str(answer.json()["code"])
