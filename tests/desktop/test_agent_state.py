"""Ready, paused and why: the user's own state and his colleagues', without a display, against a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.agent_state import AgentStateModel, show_duration
from callmanager.desktop.models.colleagues import ColleaguesModel
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Heard, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from tests.desktop.conftest import PASSWORD, LiveOffice

WAIT_SECONDS = 20.0


class StateDesk:
    """A user at his PC; `steady` is the PC's steady clock, which only the test moves."""

    def __init__(self, office: LiveOffice, who: str, folder: Path) -> None:
        self.bus, self.steady = Bus(), 1_000.0
        self.tools = Tools(self.bus, Background(self.bus), Speech("en"), SystemClock())
        remote = Remote(office.server.url, language="en")
        user = remote.sign_in(who, PASSWORD)
        self.workplace = Workplace(remote, user, Store(folder / who), self.tools.clock, self._tell)
        self.presence = PresenceModel(self.tools, self.workplace)
        self.states = AgentStateModel(self.tools, self.workplace, monotonic=lambda: self.steady)
        self.colleagues = ColleaguesModel(self.tools, self.workplace, self.presence, self.states)
        self.refusals: list[CallManagerError] = []
        self.forced: list[str] = []
        self.states.refused.connect(self.refusals.append)
        self.states.forced.connect(self.forced.append)

    def start(self) -> None:
        self.workplace.start()
        self.until(lambda: self.states.own is not None and self.states.own.state != "offline")

    def until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not is_true():
            assert time.monotonic() < end, (self.states.own, self.refusals)
            self.bus.drain()
            time.sleep(0.002)

    def state_of(self, name: str) -> str | None:
        """What is shown of a colleague; None while he is not shown."""
        return next((one.state_text for one in self.colleagues.colleagues if one.name == name), None)

    def close(self) -> None:
        self.tools.background.close()
        self.workplace.close()

    def _tell(self, event: WorkEvent) -> None:
        for model in (self.presence, self.states, self.colleagues):
            self.bus.post(lambda model=model: model.hear(event))  # type: ignore[misc]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Callable[..., StateDesk]]:
    opened: list[StateDesk] = []

    def sit_down(who: str, role: str = "agent", **fields: Any) -> StateDesk:
        office.hire(who, role, **fields)
        opened.append(StateDesk(office, who, tmp_path))
        opened[-1].start()
        return opened[-1]

    yield sit_down
    for desk in opened:
        desk.close()


def test_who_has_just_signed_in_is_not_ready_until_he_says_so(sit: Callable[..., StateDesk]) -> None:
    desk = sit("abel")
    assert desk.states.is_paused
    assert desk.states.text == "Just signed in"
    desk.states.be_ready()
    assert desk.states.is_waiting
    assert desk.states.is_paused, "nothing is shown that the server has not said"
    desk.until(lambda: not desk.states.is_paused)
    assert desk.states.text == "Ready"


def test_a_pause_names_its_reason_and_its_time_runs_by_the_steady_clock(sit: Callable[..., StateDesk]) -> None:
    desk = sit("berta")
    desk.states.be_ready()
    desk.until(lambda: desk.states.text == "Ready" and desk.states.can_choose)
    desk.states.pause("lunch")
    desk.until(lambda: desk.states.is_paused)
    assert desk.states.text == "Pause: Lunch"
    assert desk.states.seconds == 0
    desk.steady += 65
    assert desk.states.seconds == 65


def test_a_reason_that_the_server_refuses_changes_nothing_and_is_told(sit: Callable[..., StateDesk]) -> None:
    desk = sit("ciro")
    desk.states.pause("siesta")
    desk.until(lambda: desk.refusals)
    assert desk.states.text == "Just signed in"
    assert not desk.states.is_waiting


def test_without_a_connection_no_state_is_claimed_and_none_can_be_chosen(sit: Callable[..., StateDesk]) -> None:
    desk = sit("dalia")
    desk.states.hear(StatusChanged(Status.OFFLINE, None))
    assert desk.states.own is None
    assert (desk.states.text, desk.states.seconds) == ("State not known", None)
    assert not desk.states.can_choose
    desk.states.be_ready()
    assert not desk.states.is_waiting


def test_a_state_set_by_a_lead_is_told_with_his_reason(sit: Callable[..., StateDesk], office: LiveOffice) -> None:
    desk = sit("elisa")
    body = {"state": "not_ready", "reason": "meeting", "why": "All to the meeting room"}
    office.boss.ask("PUT", f"/agents/{desk.workplace.user.user_id}/state", body=body)
    desk.until(lambda: desk.forced)
    assert desk.forced == ["boss set your state: Pause: Meeting. All to the meeting room"]
    assert desk.states.text == "Pause: Meeting"


def test_a_manager_sees_the_states_of_those_who_are_there(sit: Callable[..., StateDesk]) -> None:
    fabio = sit("fabio")
    lead = sit("gema", "manager")
    lead.until(lambda: lead.state_of("fabio") == "● Just signed in")
    fabio.states.pause("training")
    lead.until(lambda: lead.state_of("fabio") == "● Pause: Training")
    fabio.close()
    lead.until(lambda: lead.state_of("fabio") == "○ Not signed in")


def test_older_news_do_not_undo_newer_ones(sit: Callable[..., StateDesk]) -> None:
    desk = sit("hilda")
    own = desk.states.own
    assert own is not None
    old = {"id": desk.workplace.user.user_id, "state": "ready", "reason": None, "since": None, "seq": own.seq - 1}
    desk.states.hear(Heard("agent_state", old))
    assert desk.states.text == "Just signed in"


def test_durations_are_read_at_a_glance() -> None:
    assert [show_duration(seconds) for seconds in (0, 65, 3_599, 3_845)] == ["0:00", "1:05", "59:59", "1:04:05"]
