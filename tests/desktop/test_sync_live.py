"""The sync against a real server over HTTP: several users, a restart, and 410 when what one may see changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync.seams import LiveLink
from callmanager.desktop.wire import Page, Position
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Unavailable
from tests.desktop.conftest import LiveOffice
from tests.desktop.fake_server import FakeClock, canonical, without_locks


class WithoutSocket:
    """A network through which only HTTP passes."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page:
        return self._remote.read_snapshot(limit=limit, as_rows=as_rows)

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page:
        return self._remote.read_changes(position, limit=limit, as_rows=as_rows)

    def connect_live(self, on_event: Callable[[str, Any], None]) -> LiveLink:
        raise Unavailable("no_socket", "only HTTP")


class Agent:
    """A user's replica, kept by polling."""

    def __init__(self, office: LiveOffice, who: str, folder: Path) -> None:
        self.remote = Remote(office.server.url, api_key=office.keys[who])
        self.replica = Replica(folder / f"{who}.db")
        self.clock = FakeClock()
        self.sync = Sync(
            WithoutSocket(self.remote),
            self.replica,
            SystemClock(),
            lambda _event: None,
            monotonic=self.clock.monotonic,
            page_limit=3,
        )

    def poll(self) -> None:
        self.clock.seconds += 6.0
        self.sync.step()

    def is_equal(self) -> bool:
        """Whether the replica is what the server gives to one who asks for everything now."""
        page = self.remote.read_snapshot(limit=5_000)
        assert not page.has_more
        mine = {entity: canonical(map(orjson.loads, self.replica.iter_wires(entity))) for entity in page.records}
        theirs = {entity: canonical(without_locks(rows)) for entity, rows in page.records.items()}
        return mine == theirs and self.replica.position == page.position

    def close(self) -> None:
        self.replica.close()
        self.remote.close()


def test_two_users_of_different_sight_follow_the_same_work(office: LiveOffice, tmp_path: Path) -> None:
    agents = [Agent(office, who, tmp_path) for who in ("agent-norte", "manager")]
    norte, sur = office.teams["Norte"], office.teams["Sur"]
    made = [office.create(name=f"Sync {number}", team_id=norte) for number in range(5)]
    for agent in agents:
        agent.poll()
        assert agent.is_equal()
    office.boss.edit_contact(made[0]["id"], {"team_id": sur}, version=1)
    office.boss.ask("DELETE", f"/contacts/{made[1]['id']}", version=1)
    office.boss.edit_contact(made[2]["id"], {"note": "visto"}, version=1)
    for agent in agents:
        agent.poll()
        assert agent.is_equal()
    assert agents[0].replica.find_contact(made[0]["id"]) is None
    assert agents[1].replica.find_contact(made[0]["id"]) is not None
    for agent in agents:
        agent.close()


def test_who_is_moved_to_another_team_keeps_nothing_of_the_old_one(office: LiveOffice, tmp_path: Path) -> None:
    secret = office.create(name="De Norte", team_id=office.teams["Norte"])
    made = office.hire("mudado", team_id=office.teams["Norte"])
    office.keys["mudado"] = made["api_key"]
    agent = Agent(office, "mudado", tmp_path)
    agent.poll()
    assert agent.replica.find_contact(secret["id"]) is not None
    office.boss.ask("PATCH", f"/users/{made['id']}", body={"team_id": office.teams["Sur"]}, version=made["version"])
    agent.poll()
    assert agent.replica.find_contact(secret["id"]) is None
    assert agent.is_equal()
    agent.close()
