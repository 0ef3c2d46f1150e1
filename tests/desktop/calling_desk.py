"""An agent at his PC with the models of calls, a phone that plays scripts in a time that the test moves, and a real
server. For the tests of calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.models.calling.calls import CallingModels
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.open_card import PassingNotice
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.moments import Moments
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Status
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.softphones import Health, HealthState, Softphone, Tell
from callmanager.softphones.loader import build_softphone
from callmanager.softphones.simulated import SimulatedSoftphone
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.desktop.list_desk import Drawer
from tests.softphones.moved_timers import MovedTime

WAIT_SECONDS = 20.0


class SteadyTime(MovedTime):
    """The timers of the phone and the steady clock of the PC: both move when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = self.now()

    def seconds(self) -> float:
        return (self.now() - self._begun).total_seconds()


class TestPhone(SimulatedSoftphone):
    """The simulated phone, which can be away, and be struck by an error when it is asked to dial."""

    __test__ = False

    def __init__(self, tell: Tell, moved: SteadyTime) -> None:
        super().__init__(moved, tell, moved)
        self.dialled: list[str] = []
        self.health = Health(HealthState.READY, "Ready.")
        self.error: CallManagerError | None = None

    def probe(self) -> Health:
        return self.health

    def _place(self, call_id: str, number: str) -> str:
        if self.error is not None:
            raise self.error
        self.dialled.append(number)
        return super()._place(call_id, number)


class CallingDesk:
    """Signed in. `driver` is `simulated` (a TestPhone, `phone`) or the name of a real one."""

    def __init__(
        self, office: LiveOffice, who: str, folder: Path, *, driver: str = "simulated", moved: SteadyTime | None = None
    ) -> None:
        self.office, self.bus, self.moved = office, Bus(), moved or SteadyTime()
        self.drawer = Drawer()
        self.drawer.values["phone"] = {"driver": driver}
        self.tools = Tools(self.bus, Background(self.bus), Speech("en"), SystemClock())
        remote = Remote(office.server.url, language="en")
        user = remote.sign_in(who, PASSWORD)
        moments = Moments(self.tools.clock, self.moved.seconds)
        self.workplace = Workplace(remote, user, Store(folder / who), self.tools.clock, self._hear, moments=moments)
        self.presence = PresenceModel(self.tools, self.workplace)
        self.card = ContactCardModel(self.tools, self.workplace)
        self.list = ContactListModel(self.tools, self.workplace, self.presence, self.drawer)
        self.list.opened.connect(self.card.open)
        self.phones: list[Softphone] = []
        self.calling = CallingModels(
            self.tools,
            self.workplace,
            self.drawer,
            card=self.card,
            contacts=self.list,
            monotonic=self.moved.seconds,
            build=self._build,
        )
        self.call, self.outcome = self.calling.call, self.calling.outcome
        self.told: list[PassingNotice] = []
        self.copied: list[str] = []
        self.call.told.connect(self.told.append)
        self.call.copied.connect(self.copied.append)

    @property
    def phone(self) -> TestPhone:
        found = self.phones[-1]
        assert isinstance(found, TestPhone)
        return found

    def start(self) -> None:
        self.workplace.start()
        self.until(
            lambda: (
                self.workplace.sync.status is Status.LIVE
                and not self.list.is_waiting
                and self.calling.dispositions.is_known
                and self.calling.phone.health is not None
            )
        )

    def open(self, contact_id: int) -> None:
        self.until(lambda: self.workplace.store.replica.find_contact(contact_id))
        self.list.open(contact_id)
        self.until(lambda: self.card.now.record is not None)

    def dial(self, contact_id: int) -> int:
        """Call a contact until the phone dials; returns the call's id."""
        self.open(contact_id)
        self.call.dial()
        self.until(lambda: self.call.stage is Stage.UP and self.call.current is not None and self.call.current.steps)
        assert self.call.current is not None
        return self.call.current.call_id

    def finish(self, code: str) -> None:
        """Choose an outcome, save it, and wait until the server has everything."""
        self.outcome.choose(code)
        self.call.save()
        self.until(lambda: not self.waiting)

    def move(self, seconds: float) -> None:
        """Let time pass for the phone and the steady clock; the window takes in what happened."""
        self.moved.move(seconds)
        self.drain()

    def drain(self) -> None:
        while self.bus.drain():
            pass

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            self.bus.drain()
            assert time.monotonic() < end, (self.call.stage, self.call.problem, self.call.question, self.call.current)
            time.sleep(0.002)

    @property
    def waiting(self) -> list[str]:
        """What waits to be sent."""
        return [f"{item.method} {item.path}" for item in self.workplace.store.work.list_waiting()]

    def record(self, call_id: int) -> dict[str, Any]:
        """The call as the server has it."""
        found: dict[str, Any] = self.office.boss.ask("GET", f"/calls/{call_id}").body
        return found

    def close(self) -> None:
        self.calling.close()
        self.tools.background.close()
        self.tools.background._pool.shutdown(wait=True)  # what still asks would open a connection that nobody closes
        self.workplace.close()

    def _build(self, name: str, options: Mapping[str, str], tell: Tell) -> Softphone:
        made: Softphone
        if name == "simulated":
            made = TestPhone(tell, self.moved)
        else:
            made = build_softphone(name, options, self.moved, tell, self.moved)
        self.phones.append(made)
        return made

    def _hear(self, event: Any) -> None:
        for model in (self.presence, self.list, self.card, self.calling):
            self.bus.post(lambda model=model: model.hear(event))  # type: ignore[misc]


@contextmanager
def desks(office: LiveOffice, folder: Path) -> Iterator[Callable[..., CallingDesk]]:
    """Make desks of new people, or of those who have been hired before; all are closed at the end."""
    opened: list[CallingDesk] = []
    hired: set[str] = set()

    def sit_down(who: str, *, role: str = "agent", driver: str = "simulated", place: str = "") -> CallingDesk:
        if who not in hired:
            office.hire(who, role)
            hired.add(who)
        opened.append(CallingDesk(office, who, folder / place, driver=driver))
        opened[-1].start()
        return opened[-1]

    yield sit_down
    for desk in opened:
        desk.close()
