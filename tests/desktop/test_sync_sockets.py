"""The sync against a real server's sockets: changes arrive by themselves, and outages of every kind end in equality."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync_events import Applied, Heard, Status, StatusChanged, SyncEvent
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import LiveOffice
from tests.desktop.fake_server import canonical, without_locks
from tests.live_server import start_server
from tests.web import QUICK, Web

PATIENCE_SECONDS = 30


class Window:
    """A user's client as it runs beside a window: the sync in a thread of its own."""

    def __init__(self, url: str, key: str, path: Path, *, user_id: int | None = None) -> None:
        self.remote = Remote(url, api_key=key)
        self.replica = Replica(path)
        self.told: queue.SimpleQueue[SyncEvent] = queue.SimpleQueue()
        self.sync = Sync(self.remote, self.replica, SystemClock(), self.told.put, user_id=user_id)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.sync.run, args=(self._stop,))
        self._thread.start()

    def wait_for(self, wanted: Callable[[SyncEvent], bool]) -> Any:
        while True:
            event = self.told.get(timeout=PATIENCE_SECONDS)
            if wanted(event):
                return event

    def wait_until(self, status: Status) -> StatusChanged:
        found: StatusChanged = self.wait_for(lambda event: isinstance(event, StatusChanged) and event.status is status)
        return found

    def wait_for_seq(self, seq: int) -> Applied:
        found: Applied = self.wait_for(lambda event: isinstance(event, Applied) and event.to >= seq)
        return found

    def is_equal(self) -> bool:
        """Whether it holds what the server gives to one who asks for everything now."""
        page = self.remote.read_snapshot(limit=5_000)
        self.wait_until_at(page.to)
        mine = {entity: canonical(map(orjson.loads, self.replica.iter_wires(entity))) for entity in page.records}
        theirs = {entity: canonical(without_locks(rows)) for entity, rows in page.records.items()}
        return mine == theirs

    def wait_until_at(self, seq: int) -> None:
        while self.replica.position is None or self.replica.position.seq < seq:
            self.told.get(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self._stop.set()
        self.sync.wake()
        self._thread.join(PATIENCE_SECONDS)
        self.replica.close()
        self.remote.close()


@pytest.fixture
def window(office: LiveOffice, tmp_path: Path) -> Iterator[Window]:
    opened = Window(office.server.url, office.keys["manager"], tmp_path / "manager.db")
    opened.wait_until(Status.LIVE)
    yield opened
    opened.close()


def test_a_change_arrives_by_itself_with_who_did_it(office: LiveOffice, window: Window) -> None:
    made = office.create(name="En vivo")
    applied = window.wait_for_seq(made["seq"])
    assert applied.changes is not None
    assert [(change["actor"]["name"], change["kind"]) for change in applied.changes] == [("boss", "created")]
    assert window.replica.find_contact(made["id"]) == made
    assert window.is_equal()


def test_an_import_arrives_whole(office: LiveOffice, window: Window) -> None:
    rows = [{"phone": f"+506 8700 {number:04d}", "name": f"Importado {number}"} for number in range(2_500)]
    office.boss.ask("POST", "/import", body=rows)
    assert window.is_equal()


def test_who_looks_at_a_contact_is_seen_by_the_others(office: LiveOffice, window: Window) -> None:
    made = office.create(name="Vista")
    colleague = Remote(office.server.url, api_key=office.keys["boss"])
    live = colleague.connect_live(lambda _event, _payload: None)

    def is_seen(event: Heard) -> bool:
        return any(contact["id"] == made["id"] for contact in event.payload["contacts"])

    live.view_contact(made["id"])
    told = window.wait_for(lambda event: isinstance(event, Heard) and event.event == "presence" and is_seen(event))
    assert ("boss", "view") in [(person["name"], person["doing"]) for person in told.payload["contacts"][0]["people"]]
    live.close()
    colleague.close()


def test_a_user_who_is_moved_sees_his_new_team_and_only_that(office: LiveOffice, tmp_path: Path) -> None:
    made = office.hire("viajera", team_id=office.teams["Norte"])
    mine = office.create(name="De Norte", team_id=office.teams["Norte"])
    theirs = office.create(name="De Sur", team_id=office.teams["Sur"])
    window = Window(office.server.url, made["api_key"], tmp_path / "viajera.db", user_id=made["id"])
    try:
        window.wait_until(Status.LIVE)
        assert window.replica.find_contact(mine["id"]) is not None
        office.boss.ask("PATCH", f"/users/{made['id']}", body={"team_id": office.teams["Sur"]}, version=made["version"])
        window.wait_for(lambda event: isinstance(event, Applied) and event.is_snapshot)
        assert window.replica.find_contact(mine["id"]) is None
        assert window.replica.find_contact(theirs["id"]) is not None
        assert window.is_equal()
    finally:
        window.close()


def test_whose_account_was_closed_is_signed_out(office: LiveOffice, tmp_path: Path) -> None:
    made = office.hire("saliente")
    window = Window(office.server.url, made["api_key"], tmp_path / "saliente.db")
    try:
        window.wait_until(Status.LIVE)
        office.boss.ask("PATCH", f"/users/{made['id']}", body={"active": False}, version=made["version"])
        window.wait_until(Status.SIGNED_OUT)
    finally:
        window.close()


def test_a_server_that_died_and_came_back_is_found_again(tmp_path: Path) -> None:
    people = Web(tmp_path)
    people.services.imports.close()
    people.close()
    server = start_server(tmp_path, **QUICK)
    window = Window(server.url, people.keys["manager"], tmp_path / "manager.db")
    try:
        window.wait_until(Status.LIVE)
        server.kill()
        window.wait_until(Status.OFFLINE)
        with start_server(tmp_path, **QUICK, SERVER_PORT=server.port):
            boss = Remote(server.url, api_key=people.keys["boss"])
            made = boss.ask("POST", "/contacts", body={"phone": "8888-0000", "name": "Mientras tanto"}).body
            window.wait_until(Status.LIVE)
            window.wait_until_at(made["seq"])
            assert window.replica.find_contact(made["id"]) == made
            assert window.is_equal()
            boss.close()
    finally:
        window.close()
        server.kill()
