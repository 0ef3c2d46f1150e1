"""Killed at any moment while editing and saving: nothing that was promised is lost, and nothing is done twice."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.wire import Lease
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Conflict
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import environment
from tests.warm_starts import WarmStarts

ALL_TEXTS = ["uno dos", "uno dos tres"]
WAIT_SECONDS = 120.0
"""More than a lease lives that a killed program left behind."""
AT_ONCE = 6
TYPISTS = WarmStarts("callmanager.desktop.models.card.card", "callmanager.desktop.workplace", environ=environment)


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
        done = TYPISTS.run("-m", "tests.desktop.card_typist", *given)
        assert done.code in (0, -signal.SIGKILL), done.err
        return done.code, done.out

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

    def free(self) -> None:
        """The lease that a killed program left behind is taken away, instead of waiting until it is over."""
        path = f"/contacts/{self.contact_id}/lock"
        with suppress(Conflict):  # it was given back already
            taken = self.office.boss.ask("POST", f"{path}/take-over", body={"purpose": "edit", "reason": "fin"}).body
            self.office.boss.ask("DELETE", path, lease=Lease(self.contact_id, taken["token"], taken["expires_at"]))

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


def steps_of(place: Place) -> int:
    code, printed = place.run(die_at=0)
    assert code == 0
    place.free()
    place.check()
    return int(printed)


def die_in(office: LiveOffice, folder: Path, count: int, *, waits: bool) -> None:
    """Some at once: each may have to wait until the lease that it left behind is over, or another takes it away."""
    steps = steps_of(Place(office, folder, 0))
    assert steps > 10

    def die_and_check(number: int) -> None:
        place = Place(office, folder, 1 + number)
        place.run(die_at=1 + number * steps // count)
        if not waits:
            place.free()
        place.check()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(die_and_check, range(count)))


def test_six_deaths_lose_nothing(office: LiveOffice, tmp_path: Path) -> None:
    die_in(office, tmp_path, 6, waits=False)


@pytest.mark.long
def test_fifty_deaths_lose_nothing(office: LiveOffice, tmp_path: Path) -> None:
    die_in(office, tmp_path, 49, waits=True)
