"""What the line at the bottom says, from the events of a workplace: it never says more than is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.status import StatusModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Applied, Heard, Progress, Rewritten, Status, StatusChanged
from callmanager.desktop.wire import Head
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Unavailable
from tests.desktop.conftest import PASSWORD, LiveOffice

AWAY = Unavailable("server_unreachable", "The server at %(address)s does not answer.", address="10.0.0.1:5000")


class StatusDesk:
    def __init__(self, office: LiveOffice, folder: Path) -> None:
        self.bus = Bus()
        self.tools = Tools(self.bus, Background(self.bus), Speech("en"), SystemClock())
        name = f"status{time.monotonic_ns()}"
        office.hire(name)
        remote = Remote(office.server.url, language="en")
        user = remote.sign_in(name, PASSWORD)
        self.workplace = Workplace(remote, user, Store(folder), self.tools.clock, lambda _event: None)
        self.steady = 0.0
        self.status = StatusModel(self.tools, self.workplace, monotonic=lambda: self.steady)

    def until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not is_true():
            assert time.monotonic() < end
            self.bus.drain()
            time.sleep(0.002)

    def be(self, status: Status, error: Unavailable | None = None) -> str:
        self.status.hear(StatusChanged(status, error))
        return self.status.connection_text


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[StatusDesk]:
    made = StatusDesk(office, tmp_path)
    yield made
    made.tools.background.close()
    made.workplace.close()


def test_before_the_first_word_it_is_connecting(desk: StatusDesk) -> None:
    assert desk.status.connection_text == "Connecting…"
    assert not desk.status.is_online


def test_each_way_of_being_connected_has_its_words(desk: StatusDesk) -> None:
    assert desk.be(Status.LIVE) == "Live"
    assert desk.be(Status.POLLING) == "Asking every few seconds"
    assert desk.be(Status.SIGNED_OUT) == "Signed out by the server"
    assert desk.be(Status.OFFLINE, AWAY) == "No connection"
    assert desk.status.reason == "The server at 10.0.0.1:5000 does not answer."


def test_without_the_server_the_list_is_dated(desk: StatusDesk) -> None:
    replica = desk.workplace.store.replica
    replica.replace(desk.workplace.remote.read_snapshot(limit=5_000))
    replica.note_current("2020-01-02T15:04:05.000Z")
    assert desk.be(Status.OFFLINE, AWAY).startswith("No connection: list as of 02/01/2020")


def test_a_first_fetch_shows_how_far_it_is_and_ends(desk: StatusDesk) -> None:
    desk.be(Status.LIVE)
    desk.status.hear(Progress(30, 120))
    assert desk.status.connection_text == "Fetching the list: 25 %"
    desk.status.hear(Progress(120, 120))
    assert desk.status.connection_text == "Live"


def test_a_heartbeat_shows_what_is_missing_until_it_is_there(desk: StatusDesk) -> None:
    replica = desk.workplace.store.replica
    replica.replace(desk.workplace.remote.read_snapshot(limit=5_000))
    assert replica.position is not None
    here = replica.position.seq
    assert desk.status.behind_text == ""
    desk.status.hear(Heard("heartbeat", {"seq": here + 3}))
    assert desk.status.behind_text == "3 changes behind"
    desk.status.hear(Applied(0, here, {}, {}, {}, None, is_snapshot=True))
    assert desk.status.behind_text == ""


def test_a_past_that_was_rewritten_stays_said(desk: StatusDesk) -> None:
    desk.status.hear(Rewritten(Head(5, "a"), Head(5, "b")))
    assert desk.be(Status.LIVE).startswith("The server's history was rewritten")


def test_the_time_of_an_answer_is_measured_and_forgotten_offline(desk: StatusDesk) -> None:
    desk.status.measure()
    assert desk.status.latency_text == "", "offline nothing is asked"
    desk.be(Status.LIVE)
    desk.status.measure()
    desk.until(lambda: desk.status.latency_text)
    assert desk.status.latency_text == "1 ms"
    desk.be(Status.OFFLINE, AWAY)
    assert desk.status.latency_text == ""


def test_what_waits_and_what_was_refused_is_counted(desk: StatusDesk) -> None:
    desk.workplace.outbox.put("PATCH", "/contacts/1", {"note": "a"}, version=1)
    desk.status.note_kept()
    assert (desk.status.waiting_text, desk.status.refused_text) == ("1 to send", "")
    item = desk.workplace.store.work.list_waiting()[0]
    desk.workplace.store.work.note_refused(item.number, {"code": "gone"})
    desk.status.note_kept()
    assert (desk.status.waiting_text, desk.status.refused_text) == ("", "1 need attention")
