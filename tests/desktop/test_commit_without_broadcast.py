"""A server that dies after a commit and before anybody is told: clients learn it by their pull, once, in its order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync_events import Applied, Heard, SyncEvent
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import LiveOffice
from tests.desktop.fake_server import FakeClock
from tests.live_server import ROOT, RunningServer, environment, free_port, is_answering, serve_program, start_server
from tests.web import QUICK, Web

FAILPOINT = """
import os, signal
from pathlib import Path
from callmanager.server.realtime.broadcaster import Broadcaster
told = Broadcaster.wake
def wake(self, committed):
    if Path({marker!r}).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    told(self, committed)
Broadcaster.wake = wake
"""


def start_with_failpoint(folder: Path, marker: Path) -> RunningServer:
    """A server that kills itself at the first commit after `marker` is there, before it wakes the broadcast."""
    port = free_port()
    command = serve_program(folder, SERVER_PORT=port, **QUICK)
    at = command.index("-c") + 1
    command[at] = FAILPOINT.format(marker=str(marker)) + command[at]
    console = folder / "console.txt"
    with console.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=output, stderr=output)
    server = RunningServer(folder, port, process, console)
    assert is_answering(server), server.printed()
    return server


class Desk:
    """A client that is stepped by hand."""

    def __init__(self, url: str, key: str, path: Path) -> None:
        self.told: list[SyncEvent] = []
        self.remote = Remote(url, api_key=key, client="api")  # one at a desktop writes his state to the log as he comes
        self.replica, self.clock = Replica(path), FakeClock()
        how = {"monotonic": self.clock.monotonic}
        self.sync = Sync(self.remote, self.replica, SystemClock(), self.told.append, **how)

    def step_until(self, seq: int) -> None:
        for _ in range(600):
            if self.replica.position is not None and self.replica.position.seq >= seq:
                return
            self.clock.seconds += 0.5
            self.sync.step(0.05)
        raise AssertionError(f"{seq} was not reached: {self.replica.position}")

    def close(self) -> None:
        self.sync.close()
        self.replica.close()
        self.remote.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_what_was_committed_when_the_server_died_is_learned_by_the_pull_and_done_once(tmp_path: Path) -> None:
    web = Web(tmp_path)
    first = web.create(name="Primera")
    web.services.imports.close()
    web.close()
    marker = tmp_path / "die"
    server = start_with_failpoint(tmp_path, marker)
    desk = Desk(server.url, web.keys["manager"], tmp_path / "manager.db")
    try:
        desk.step_until(first["seq"])
        marker.touch()
        heads = {"X-API-Key": web.keys["boss"], "Idempotency-Key": "una-vez", "If-Match": '"1"'}
        ask = {"url": f"{server.url}/contacts/{first['id']}", "json": {"note": "guardada"}, "timeout": 20}
        with pytest.raises(requests.ConnectionError):
            requests.patch(headers=heads, **ask)
        server.process.wait(20)
        desk.told.clear()
        with start_server(tmp_path, **QUICK, SERVER_PORT=server.port):
            desk.step_until(first["seq"] + 1)
            again = requests.patch(headers=heads, **ask)
            assert (again.status_code, again.json()["version"]) == (200, 2)
            found = desk.replica.find_contact(first["id"])
            assert found is not None
            assert (found["note"], found["version"]) == ("guardada", 2)
            applied = [event for event in desk.told if isinstance(event, Applied)]
            assert [(event.since, event.to, event.is_snapshot) for event in applied] == [
                (first["seq"], first["seq"] + 1, False)
            ]
            assert not [event for event in desk.told if isinstance(event, Heard) and event.event == "changes"]
    finally:
        desk.close()
        server.kill()


def test_a_refused_write_tells_nobody_anything(office: LiveOffice, tmp_path: Path) -> None:
    made = office.create(name="Se queda")
    desk = Desk(office.server.url, office.keys["manager"], tmp_path / "manager.db")
    desk.step_until(made["seq"])
    desk.told.clear()
    boss = {"X-API-Key": office.keys["boss"], "If-Match": '"7"'}
    answer = requests.patch(f"{office.server.url}/contacts/{made['id']}", json={"note": "no"}, headers=boss, timeout=20)
    assert answer.status_code == 412
    after = office.create(name="Después")
    desk.step_until(after["seq"])
    assert after["seq"] == made["seq"] + 1
    (heard,) = [event for event in desk.told if isinstance(event, Heard) and event.event == "changes"]
    assert [change["record_id"] for change in heard.payload["changes"]] == [after["id"]]
    desk.close()
