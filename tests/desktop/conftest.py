"""What the tests of the client share: one real server per module, asked with a key, and people who sign in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.remote import Remote
from callmanager.desktop.sync_events import Status
from tests.desktop.sync_desk import Desk
from tests.live_server import RunningServer, start_server
from tests.web import QUICK, Web

PASSWORD = "tres palabras sueltas"


@dataclass
class LiveOffice:
    """A running server with the people of tests.web, and a client that may do everything.

    `settings` are those with which the server comes back.
    """

    server: RunningServer
    boss: Remote
    keys: dict[str, str]
    teams: dict[str, int]
    settings: dict[str, Any] = field(default_factory=lambda: dict(QUICK))

    def hire(self, username: str, role: str = "agent", **fields: Any) -> dict[str, Any]:
        """A new user with PASSWORD; the answer holds his key."""
        given = {"username": username, "password": PASSWORD, "role": role, "must_change_password": False, **fields}
        made: dict[str, Any] = self.boss.ask("POST", "/users", body=given).body
        return made

    def create(self, **fields: Any) -> dict[str, Any]:
        """A contact."""
        made: dict[str, Any] = self.boss.ask("POST", "/contacts", body={"phone": "8888-0000", **fields}).body
        return made

    @contextmanager
    def away(self, *, in_order: bool = False) -> Iterator[None]:
        """The server is killed, or stopped `in_order`; after the block it is there again, at the same address."""
        if in_order:
            assert self.server.stop() == 0
        else:
            self.server.kill()
        try:
            yield
        finally:
            again = start_server(self.server.folder, **self.settings, SERVER_PORT=self.server.port)
            self.server.process = again.process

    @contextmanager
    def silent(self) -> Iterator[None]:
        """The server hears and does nothing, as on a network that loses what is sent."""
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


@contextmanager
def open_office(folder: Path, **settings: Any) -> Iterator[LiveOffice]:
    folder.mkdir(exist_ok=True)
    people = Web(folder)
    people.services.imports.close()
    people.close()
    given = {**QUICK, **settings}
    with start_server(folder, **given) as server:
        boss = Remote(server.url, api_key=people.keys["boss"], language="en")
        yield LiveOffice(server, boss, people.keys, people.teams, given)
        boss.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    for contact_id in range(1, 8):
        made.server.put(contact_id)
    yield made
    made.replica.close()


@pytest.fixture
def live(desk: Desk) -> Desk:
    desk.sync.step()
    assert desk.sync.status is Status.LIVE
    desk.server.asked.clear()
    desk.told.clear()
    return desk
