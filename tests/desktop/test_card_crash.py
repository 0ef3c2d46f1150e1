"""Killed at any moment while editing and saving: nothing that was promised is lost, and nothing is done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import ROOT, environment

ALL_TEXTS = ["uno dos", "uno dos tres"]
WAIT_SECONDS = 120.0
"""More than a lease lives that a killed program left behind."""
AT_ONCE = 6


class Place:
    """A contact and a user of its own, since a killed program leaves its lease behind."""

    def __init__(self, office: LiveOffice, folder: Path, number: int) -> None:
        self.office, self.folder = office, folder / str(number)
        self.folder.mkdir()
        self.who = f"mecanografo-{number}-{time.monotonic_ns()}"
        office.hire(self.who)
        self.contact_id: int = office.create(name=f"Muerte {number}")["id"]

    def run(self, die_at: int) -> tuple[int, str]:
        """Type and save, to be killed at that step; the exit code and what was printed."""
        given = [self.office.server.url, self.who, PASSWORD, str(self.folder), str(self.contact_id), str(die_at)]
        command = [sys.executable, "-W", "error", "-m", "tests.desktop.card_typist", *given]
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode, done.stdout

    def promises(self) -> list[str]:
        file = self.folder / "promised"
        return file.read_text("utf-8").splitlines() if file.exists() else []

    def start_again(self) -> str | None:
        """Start as the user would: the outbox is sent; the note of the draft that is offered, if any."""
        bus = Bus()
        tools = Tools(bus, Background(bus), Speech("en"), SystemClock())
        remote = Remote(self.office.server.url, language="en")
        user = remote.sign_in(self.who, PASSWORD)
        workplace = Workplace(
            remote, user, Store(self.folder), SystemClock(), lambda event: bus.post(lambda: card.hear(event))
        )
        card = ContactCardModel(tools, workplace)
        workplace.start()
        try:
            self._settle(bus, card, workplace)
            assert workplace.store.work.list_refused() == []
            card.open(self.contact_id)
            draft = card.now.draft
            return None if draft is None else str(draft.body["values"]["note"])
        finally:
            card.shut()
            tools.background.close()
            workplace.close()

    def _settle(self, bus: Bus, card: ContactCardModel, workplace: Workplace) -> None:
        """Until nothing waits and the replica knows the contact as the server has it."""
        end, replica = time.monotonic() + WAIT_SECONDS, workplace.store.replica

        def is_settled() -> bool:
            if not card.now.is_online or workplace.store.work.list_waiting():
                return False
            found = replica.find_contact(self.contact_id)
            return found is not None and found["seq"] == self.office.boss.get_contact(self.contact_id)["seq"]

        while not is_settled():
            bus.drain()
            assert time.monotonic() < end
            time.sleep(0.05)

    def check(self) -> None:
        """The newest text that was promised is at the server or offered, and each text was saved once at most."""
        promised = self.promises()
        draft = self.start_again()
        lines = self.office.boss.ask("GET", f"/contacts/{self.contact_id}/history").body
        saved = [line["fields"]["note"][1] for line in reversed(lines) if line["kind"] == "updated"]
        assert saved == ALL_TEXTS[: len(saved)], (promised, saved, draft)
        newest = promised[-1].split(" ", 1) if promised else None
        at_server = saved[-1] if saved else ""
        if newest is not None:
            what, text = newest
            found = [text in (draft or ""), text in at_server]
            assert any(found) if what == "kept" else at_server.startswith(text), (promised, saved, draft)
        assert draft is None or draft not in saved, "what is saved is offered again"


@pytest.fixture
def places(office: LiveOffice, tmp_path: Path) -> list[Place]:
    return [Place(office, tmp_path, number) for number in range(50)]


def steps_of(place: Place) -> int:
    code, printed = place.run(die_at=0)
    assert code == 0
    place.check()
    return int(printed)


def die_in(places: list[Place], count: int) -> None:
    """Some at once: each may have to wait until the lease that it left behind is over."""
    steps = steps_of(places[0])
    assert steps > 10

    def die_and_check(number: int) -> None:
        places[1 + number].run(die_at=1 + number * steps // count)
        places[1 + number].check()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(die_and_check, range(count)))


def test_six_deaths_lose_nothing(places: list[Place]) -> None:
    die_in(places, 6)


@pytest.mark.long
def test_fifty_deaths_lose_nothing(places: list[Place]) -> None:
    die_in(places, 49)
