"""Killed between two steps of a call: what was dialled is on record once, with one outcome after the next start."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from callmanager.desktop.models.calling.call import Stage
from tests.desktop.calling_desk import CallingDesk
from tests.desktop.conftest import LiveOffice
from tests.live_server import environment
from tests.warm_starts import WarmStarts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of Unix")

LEASE_SECONDS = 120.0
"""More than the lease lives that a killed program leaves behind."""
DEATHS = 3
AGENTS = WarmStarts("tests.desktop.calling_desk", environ=environment)


class Place:
    """A contact and an agent of its own."""

    def __init__(self, office: LiveOffice, folder: Path, number: int) -> None:
        self.office, self.folder = office, folder / str(number)
        self.folder.mkdir()
        self.who = f"llamador-{number}-{time.monotonic_ns()}"
        office.hire(self.who)
        self.contact_id: int = office.create(name=f"Llamada {number}", phone=f"8866-{number:03}0")["id"]

    def run(self, die_at: int) -> tuple[int, str]:
        given = [self.office.server.url, self.who, str(self.folder), str(self.contact_id), str(die_at)]
        done = AGENTS.run("-m", "tests.desktop.calling_agent", *given)
        assert done.code in (0, -signal.SIGKILL), done.err
        return done.code, done.out

    def start_again(self) -> None:
        """The agent signs in again and gives what is asked of him; the outbox sends the rest."""
        desk = CallingDesk(self.office, self.who, self.folder)
        try:
            desk.start()
            desk.until(lambda: not desk.waiting, LEASE_SECONDS)
            desk.calling.unfinished.load()
            desk.until(lambda: not desk.calling.unfinished.is_loading)
            for left in desk.calling.unfinished.calls:
                desk.calling.unfinished.resume(left.id)
                desk.until(lambda: desk.call.stage in (Stage.UP, Stage.OUTCOME))
                desk.outcome.choose("NC")
                desk.call.save()
            desk.until(lambda: not desk.waiting, LEASE_SECONDS)
            assert desk.workplace.store.work.list_refused() == []
            desk.until(lambda: desk.calling.unfinished.calls == [])
        finally:
            desk.close()

    def check(self, die_at: int) -> None:
        """What was dialled is recorded, once, and has come to its end and its outcome."""
        calls = self.office.boss.ask("GET", f"/contacts/{self.contact_id}/calls").body
        file = self.folder / "dialled"
        dialled = file.read_text("ascii").split() if file.exists() else []
        assert len(dialled) <= 1, die_at
        assert len(calls) <= 1, die_at
        assert len(calls) >= len(dialled), die_at
        for call in calls:
            assert call["state"] == "ended", die_at
            assert not call["needs_disposition"], die_at
            if dialled:
                assert call["disposition"] == "NC", die_at
                assert self.office.boss.get_contact(self.contact_id)["attempts"] == 1, die_at


def run_and_check(office: LiveOffice, folder: Path, deaths: list[int]) -> None:
    places = {die_at: Place(office, folder, die_at) for die_at in deaths}
    for die_at, place in places.items():
        place.run(die_at)
    for die_at, place in places.items():
        place.start_again()
        place.check(die_at)


def count_steps(office: LiveOffice, folder: Path) -> int:
    whole = Place(office, folder, 0)
    code, steps = whole.run(0)
    assert code == 0
    whole.check(0)
    return int(steps)


def test_killed_now_and_then_a_call_is_on_record_once_with_one_outcome(office: LiveOffice, tmp_path: Path) -> None:
    steps = count_steps(office, tmp_path)
    run_and_check(office, tmp_path, [1 + number * steps // DEATHS for number in range(DEATHS)])


@pytest.mark.long
def test_killed_at_any_step_a_call_is_on_record_once_with_one_outcome(office: LiveOffice, tmp_path: Path) -> None:
    run_and_check(office, tmp_path, list(range(1, count_steps(office, tmp_path) + 1)))
