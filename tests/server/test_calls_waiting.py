"""What a phone tells while somebody else writes: an instant is counted back from when it arrived at the server."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.clock import from_wire
from callmanager.domain.people import SYSTEM
from tests.lease_office import HandClock
from tests.web import Web

AGENT = "agent-norte"
WAIT_SECONDS = 20.0
HELD_SECONDS = 5.0


class WatchedClock(HandClock):
    """It notes when another thread than the test's asks for the time: a request has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self._own = threading.current_thread()

    def now(self) -> datetime:
        if threading.current_thread() is not self._own:
            self.asked.set()
        return super().now()


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock()


@pytest.fixture
def web(tmp_path: Path, clock: WatchedClock) -> Iterator[Web]:
    opened = Web(tmp_path, clock=clock)
    yield opened
    opened.close()


def begin(web: Web) -> str:
    """The path of a call that has begun."""
    contact = web.ask("boss", "POST", "/contacts", json={"phone": "8811-0001", "team_id": web.teams["Norte"]}).json
    token = web.ask(AGENT, "PUT", f"/contacts/{contact['id']}/lock", json={"purpose": "call"}).json["token"]
    body = {"contact_id": contact["id"], "lease_token": token, "number": "8811-0001", "driver": "simulated"}
    made = web.ask(AGENT, "POST", "/calls", json=body)
    assert made.status_code == 201, made.text
    return f"/calls/{made.json['id']}"


def during_a_long_write(web: Web, clock: WatchedClock, ask: Callable[[], Any]) -> Any:
    """The answer to what arrives while somebody else writes, who goes on for HELD_SECONDS."""
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask()))
    with web.services.log.write(SYSTEM, "job", bulk=True):
        asking.start()
        assert clock.asked.wait(WAIT_SECONDS)
        clock.pass_time(HELD_SECONDS)
    asking.join(WAIT_SECONDS)
    (answer,) = answers
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_step_that_waits_for_another_write_is_dated_from_its_arrival(web: Web, clock: WatchedClock) -> None:
    path, arrived = begin(web), clock.at
    step = {"state": "dialing", "confidence": "observed", "ago": 0.0}
    told = during_a_long_write(web, clock, lambda: web.ask(AGENT, "PATCH", path, json={"steps": [step]}))
    assert from_wire(told["dialing_at"]) == arrived


def test_an_outcome_that_waits_for_another_write_is_dated_from_its_arrival(web: Web, clock: WatchedClock) -> None:
    path = begin(web)
    steps = [{"state": "dialing", "confidence": "observed"}, {"state": "ended", "confidence": "observed"}]
    web.ask(AGENT, "PATCH", path, json={"steps": [steps[0], {**steps[1], "cause": "busy"}]})
    clock.pass_time(10)
    said = clock.at - timedelta(seconds=2)
    outcome = {"disposition": "OCUPADO", "ago": 2.0}
    told = during_a_long_write(web, clock, lambda: web.ask(AGENT, "POST", f"{path}/disposition", json=outcome))
    assert from_wire(told["call"]["dispositioned_at"]) == said
