"""The phone of this PC: its driver while the user works, whether it can dial now, what to call with while it cannot.

It makes no call: those of contacts are call.py's, those to try it phone_test_call.py's. phone_form.py is where it is
set. Drivers are built, asked and closed in threads, never in the window's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from callmanager.desktop.models.calling.phone_settings import (
    DRIVERS,
    PHONE,
    PhoneSettings,
    SecretSafe,
    read_settings,
    secret_name,
)
from callmanager.desktop.models.listing.memory import Memory
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.pc.folders import data_folder
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.softphones import CallEvent, Health, HealthState, Softphone, Tell
from callmanager.softphones.formats import DialFormat
from callmanager.softphones.guards import DialGuard
from callmanager.softphones.interphone import offers
from callmanager.softphones.interphone.profile import FILE_NAME
from callmanager.softphones.loader import build_softphone
from callmanager.softphones.uri import find_handler

PROBE_SECONDS = 30
"""Call `check` so often."""
TEST_PREFIX = "test-"
"""What the ids of test calls begin with, so that they are no calls of contacts."""
_HEALTH_TEXTS: dict[HealthState, str] = {
    HealthState.READY: N_("Ready"),
    HealthState.NOT_RUNNING: N_("Not running"),
    HealthState.NOT_LOGGED_IN: N_("Not signed in"),
    HealthState.UI_CHANGED: N_("Not recognised"),
    HealthState.ACCESS_DENIED: N_("No access"),
    HealthState.DESKTOP_LOCKED: N_("The PC is locked"),
    HealthState.UNKNOWN: N_("Not known"),
}

Build = Callable[[str, Mapping[str, str], Tell], Softphone]


@dataclass(frozen=True, slots=True)
class OfferedPhone:
    """Another phone to call with while the chosen one cannot dial."""

    driver: str
    label: str


class PhoneModel:
    """`changed` when anything shown is another. `heard(event, steady)`: a step of a contact's call, in the window's
    thread; `heard_test` the same of a test call.

    `softphone` is None until the secrets are read and the driver is built; nothing can be dialled before.
    """

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        memory: Memory,
        safe: SecretSafe | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        build: Build | None = None,
    ) -> None:
        self._tools, self._workplace, self._memory = tools, workplace, memory
        self.safe, self._monotonic = safe, monotonic
        self._build: Build = build or (lambda name, options, tell: build_softphone(name, options, tools.clock, tell))
        self._softphone: Softphone | None = None
        self._settings = read_settings(memory.recall(PHONE), workplace.user.region)
        self._instead: str | None = None
        self._health: Health | None = None
        self._told_health: str | None = None
        self._is_probing = False
        self._others: tuple[offers.Offer, ...] = ()
        self._starts = 0
        self.is_in_use = False
        """A call of a contact is at hand."""
        self.is_test_up = False
        """A test call is at hand: no contact is called beside it."""
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()
        self.heard: Signal[[CallEvent, float]] = Signal()
        self.heard_test: Signal[[CallEvent, float]] = Signal()
        self.guard = DialGuard(monotonic)
        self.start()

    @property
    def softphone(self) -> Softphone | None:
        """The driver in use; None while it is being built or when it cannot be."""
        return self._softphone

    @property
    def has_call(self) -> bool:
        """Whether the phone must stay as it is: another driver would not hear how its call ends."""
        return self.is_in_use or self.is_test_up

    @property
    def settings(self) -> PhoneSettings:
        """The settings that are saved, with their secrets once those are read."""
        return self._settings

    @property
    def driver(self) -> str:
        """Its name: the chosen one, or the one taken instead of it."""
        return self._instead or self._settings.driver

    @property
    def label(self) -> str:
        """Its name in words."""
        return self._tools.speech.say(DRIVERS[self.driver].label)

    @property
    def form(self) -> DialFormat:
        """The form in which it wants numbers."""
        return self._settings.form

    @property
    def is_instead(self) -> bool:
        """Whether another than the chosen phone is used for now."""
        return self._instead is not None

    @property
    def health(self) -> Health | None:
        """What the last look found; None before the first."""
        return self._health

    @property
    def is_ready(self) -> bool:
        """Whether a dial may be tried."""
        return self._health is not None and self._health.state is HealthState.READY

    @property
    def light(self) -> str:
        """`good`, `bad` or `unknown`, for the colour; never alone."""
        if self._health is None or self._health.state is HealthState.UNKNOWN:
            return "unknown"
        return "good" if self.is_ready else "bad"

    @property
    def health_text(self) -> str:
        """`InterPhone: not running`."""
        state = HealthState.UNKNOWN if self._health is None else self._health.state
        return f"{self.label}: {self._tools.speech.say(_HEALTH_TEXTS[state])}"

    @property
    def detail_text(self) -> str:
        """What the phone said."""
        return "" if self._health is None else self._tools.speech.say(self._health.detail, **self._health.params)

    @property
    def advice_text(self) -> str:
        """What to do about it; "" when nothing."""
        found = self._health
        return "" if found is None or not found.advice else self._tools.speech.say(found.advice, **found.params)

    @property
    def offer(self) -> OfferedPhone | None:
        """Another phone to call with for now; None while this one is well."""
        is_bad = self._health is not None and self._health.state not in (HealthState.READY, HealthState.UNKNOWN)
        known = {self.driver, self._settings.driver}
        name = next((one.driver for one in self._others if one.can and one.driver not in known), None)
        return None if name is None or not is_bad else OfferedPhone(name, self._tools.speech.say(DRIVERS[name].label))

    def accept_offer(self) -> None:
        """Call with the offered phone until the program ends or `return_to_chosen`."""
        if self.offer is not None and not self.has_call:
            self._instead = self.offer.driver
            self.start()

    def return_to_chosen(self) -> None:
        """Call with the chosen phone again."""
        if self._instead is not None and not self.has_call:
            self._instead = None
            self.start()

    def change_settings(self, settings: PhoneSettings) -> None:
        """Call with another phone from now on, or with the same in another way."""
        self._instead, self._settings = None, settings
        self._memory.remember(PHONE, settings.to_saved())
        self.start()

    def check(self) -> None:
        """Look whether the phone can dial; behind the user's back, every PROBE_SECONDS and after each failure."""
        softphone = self._softphone
        if softphone is None or self._is_probing:
            return
        self._is_probing, driver = True, self.driver
        self._tools.background.run(
            lambda: _look(softphone, driver),
            lambda found: self._probed(softphone, *found),
            lambda _error: self._probed(softphone, None, ()),
        )

    def take_health(self, health: Health | None) -> None:
        """What somebody found who asked the phone himself."""
        if health != self._health:
            self._health = health
            self.changed.emit()
        self.tell_health()

    def tell_health(self) -> None:
        """Leads see whose phone cannot dial: tell the server what it does not know yet."""
        health = self._health
        state = None if health is None else health.state.value
        if health is None or state == self._told_health:
            return
        self._told_health = state
        say, live = self._tools.speech.say, self._workplace
        detail = say(health.detail, **health.params)
        self._tools.background.run(
            lambda: live.live.tell_phone(health.state.value, detail), lambda _none: None, self._not_told
        )

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace: a new connection has not heard of this phone yet."""
        if isinstance(event, StatusChanged) and event.status is Status.LIVE:
            self._told_health = None
            self.tell_health()

    def start(self) -> None:
        """Read the secrets and build the driver, in a thread."""
        self._starts += 1
        number, before, self._softphone = self._starts, self._softphone, None
        settings, name = self._settings, self.driver
        self._health = None

        def tell(event: CallEvent) -> None:
            steady = self._monotonic()
            self._tools.bus.post(lambda: self._hear(number, event, steady))

        def build() -> tuple[PhoneSettings, Softphone]:
            if before is not None:
                before.close()
            whole = replace(settings, secrets=self._find_secrets(settings.driver))
            options = whole.all_options if name == settings.driver else {}
            return whole, self._build(name, {**_calibrated(name), **options}, tell)

        self._tools.background.run(build, lambda built: self._built(number, *built), self._not_built)
        self.changed.emit()

    def close(self) -> None:
        """Let go of the driver, in a thread. A call that is up goes on."""
        self._starts += 1
        softphone, self._softphone = self._softphone, None
        if softphone is not None:
            self._tools.background.run(softphone.close, lambda _none: None, lambda _error: None)

    def _built(self, number: int, settings: PhoneSettings, softphone: Softphone) -> None:
        if number != self._starts:  # another phone was chosen meanwhile, or the window closes
            self._tools.background.run(softphone.close, lambda _none: None, lambda _error: None)
            return
        self._settings, self._softphone = settings, softphone
        self._is_probing = False
        self.changed.emit()
        self.check()

    def _not_built(self, error: CallManagerError) -> None:
        self._health = Health(HealthState.UNKNOWN, error.message, params=error.params)
        self.problem = error
        self.changed.emit()

    def _probed(self, softphone: Softphone, health: Health | None, others: tuple[offers.Offer, ...]) -> None:
        self._is_probing = False
        if softphone is not self._softphone or health is None:
            return
        if others != self._others:
            self._others = others
            self.changed.emit()
        self.take_health(health)
        if health.is_starting:
            self.check()

    def _not_told(self, _error: CallManagerError) -> None:
        self._told_health = None  # with the next look, or the next connection

    def _hear(self, number: int, event: CallEvent, steady: float) -> None:
        if number == self._starts:
            heard = self.heard_test if event.call_id.startswith(TEST_PREFIX) else self.heard
            heard.emit(event, steady)

    def _find_secrets(self, driver: str) -> dict[str, str]:
        safe = self.safe
        names = [one.name for one in DRIVERS[driver].options if one.is_secret]
        if safe is None or not names:
            return dict(self._settings.secrets) if names else {}
        found = {name: safe.find_secret(secret_name(driver, name)) for name in names}
        return {name: text for name, text in found.items() if text}


def _calibrated(driver: str) -> dict[str, str]:
    """The profile that `doctor phone --calibrate` saved on this PC, unless the settings name another."""
    path = data_folder() / FILE_NAME
    return {"profile": str(path)} if driver == "interphone" and path.exists() else {}


def _look(softphone: Softphone, driver: str) -> tuple[Health, tuple[offers.Offer, ...]]:
    """Whether the phone can dial, and what else could when it cannot. Waits."""
    health = softphone.probe()
    if health.state is HealthState.READY:
        return health, ()
    interphone = health if driver == "interphone" else None
    found = offers.FoundPhones(sys.platform == "win32", interphone, find_handler("tel"))
    return health, offers.offers(found)
