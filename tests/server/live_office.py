"""A real server with the people of tests/web.py, and windows that connect to it as their programs do."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
import socketio

from tests.live_server import RunningServer, start_server
from tests.web import Web

SECONDS = 30.0
TOLD = (
    "agent_state",
    "call",
    "changes",
    "contact_locked",
    "contact_requested",
    "contact_unlocked",
    "heartbeat",
    "import_progress",
    "lock_lost",
    "notice",
    "presence",
    "request_answered",
    "signed_out",
)

Told = tuple[str, Any]


class Window:
    """One Socket.IO connection that remembers what it is told."""

    def __init__(self, url: str, auth: dict[str, Any] | None, **how: Any) -> None:
        self._told: queue.Queue[Told] = queue.Queue()
        self.seen: list[Told] = []
        self.refusals: list[Any] = []
        self.client = socketio.Client(reconnection=False)
        for name in TOLD:
            self.client.on(name, lambda payload, name=name: self._told.put((name, payload)))
        self.client.on("disconnect", lambda reason: self._told.put(("disconnect", reason)))
        self.client.on("connect_error", self.refusals.append)
        self.client.connect(url, auth=auth, transports=["websocket"], wait_timeout=SECONDS, **how)

    def call(self, event: str, **values: Any) -> dict[str, Any]:
        """Send an event and return its acknowledgement."""
        answer: dict[str, Any] = self.client.call(event, values, timeout=SECONDS)
        return answer

    def told(self, name: str, fits: Callable[[Any], bool] = lambda _payload: True, seconds: float = SECONDS) -> Any:
        """The payload of the next event of this name that fits. Fails when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self._told.get(timeout=max(0.001, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{name} was not told; told were {[event for event, _ in self.seen]}") from None
            self.seen.append(found)
            if found[0] == name and fits(found[1]):
                return found[1]

    def heard(self, name: str, fits: Callable[[Any], bool]) -> Any:
        """The same, had it come already while something else was waited for: which comes first is not said."""
        come = (payload for event, payload in self.seen if event == name and fits(payload))
        found = next(come, None)
        return self.told(name, fits) if found is None else found

    def told_of(self, seq: int) -> list[dict[str, Any]]:
        """The messages of changes up to the one that reaches `seq`."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["seq"] < seq:
            found.append(self.told("changes"))
        return found

    def close(self) -> None:
        shut(self.client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def shut(client: socketio.Client) -> None:
    """Disconnect. The library leaves the socket open when it was the server who closed the connection."""
    client.disconnect()
    if client.eio.ws is not None:
        client.eio.ws.shutdown()


class LiveOffice:
    """The server and everybody's keys."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        web = Web(folder)
        self.keys, self.ids, self.teams = dict(web.keys), dict(web.ids), dict(web.teams)
        web.close()
        self._settings = {"REQUESTS_PER_MINUTE": 0, "LOGIN_PER_MINUTE": 1000, **settings}
        self.folder = folder
        self.server: RunningServer = start_server(folder, **self._settings)

    @property
    def url(self) -> str:
        return self.server.url

    def window(self, who: str, **more: Any) -> Window:
        """A window of `who`, signed in with his key, that has said `sync`."""
        opened = Window(self.url, {"api_key": self.keys[who], **more})
        opened.call("sync")
        return opened

    def ask(self, who: str | None, method: str, path: str, **how: Any) -> requests.Response:
        headers = dict(how.pop("headers", {}))
        if who is not None:
            headers["X-API-Key"] = self.keys[who]
        if "if_match" in how:
            headers["If-Match"] = f'"{how.pop("if_match")}"'
        return requests.request(method, f"{self.url}{path}", headers=headers, timeout=SECONDS, **how)

    def make_key(self, who: str, **fields: Any) -> dict[str, Any]:
        """A key that `who` makes for himself, with his password: `id`, `api_key` and the rest."""
        given = {"label": "prueba", "password": f"clave de {who}", **fields}
        headers = {"Authorization": f"Bearer {self.sign_in(who)}"}
        path = f"{self.url}/users/{self.ids[who]}/api-keys"
        answer = requests.post(path, json=given, headers=headers, timeout=SECONDS)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def create(self, who: str = "manager", **fields: Any) -> dict[str, Any]:
        answer = self.ask(who, "POST", "/contacts", json={"phone": "8888-0000", **fields})
        assert answer.status_code == 201, answer.text
        contact: dict[str, Any] = answer.json()
        return contact

    def edit(self, who: str, contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
        answer = self.ask(who, "PATCH", f"/contacts/{contact['id']}", if_match=contact["version"], json=fields)
        assert answer.status_code == 200, answer.text
        edited: dict[str, Any] = answer.json()
        return edited

    def sign_in(self, who: str, password: str | None = None) -> str:
        """A token of a session."""
        given = {"username": who, "password": password or f"clave de {who}"}
        answer = requests.post(f"{self.url}/auth/login", json=given, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def restart(self) -> None:
        """A new process at the same address."""
        port = self.server.port
        self.server.kill()
        self.server = start_server(self.folder, **{**self._settings, "SERVER_PORT": port})

    def close(self) -> None:
        self.server.kill()
