"""The phone of this PC: its driver while the user works, whether it can dial now, its settings, and a test call.

It makes no call of a contact: that is call.py's. Drivers are built, asked and closed in threads, never in the window's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from callmanager.desktop.models.calling.course import CurrentCall
from callmanager.desktop.models.calling.phone_settings import (
    DRIVERS,
    PHONE,
    STYLES,
    DriverKind,
    PhoneSettings,
    SecretSafe,
    read_settings,
)
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.softphones import CallEvent, Health, HealthState, Softphone, Tell
from callmanager.softphones.formats import DialFormat, DialStyle
from callmanager.softphones.guards import DialGuard
from callmanager.softphones.loader import build_softphone, driver_names

PROBE_SECONDS = 30
"""Call `check` so often."""
HOME_REGION = "CR"
TEST_PREFIX = "test-"
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


class Memory(Protocol):
    """Preferences of this PC."""

    def recall(self, name: str, default: Any = None) -> Any: ...

    def remember(self, name: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One field of the settings. A secret that is kept is shown as kept, never its text."""

    name: str
    label: str
    hint: str
    text: str
    is_secret: bool
    is_kept: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """Another phone to call with while the chosen one cannot dial."""

    driver: str
    label: str


class PhoneModel:
    """`changed` when anything shown is another. `heard(event, steady)`: a step of a call, in the window's thread.

    `is_known` is false until the settings and the driver are read at the start; nothing can be dialled before.
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
        self._tools, self._workplace, self._memory, self._safe = tools, workplace, memory, safe
        self._monotonic = monotonic
        self._build: Build = build or (lambda name, options, tell: build_softphone(name, options, tools.clock, tell))
        self._softphone: Softphone | None = None
        self._settings = read_settings(memory.recall(PHONE), HOME_REGION)
        self._typed = self._settings
        self._instead: str | None = None
        self._health: Health | None = None
        self._told_health: str | None = None
        self._is_probing = self._is_saving = False
        self._test: CurrentCall | None = None
        self.problem: CallManagerError | None = None
        self.field_errors: dict[str, CallManagerError] = {}
        self.test_number = ""
        self.changed: Signal[[]] = Signal()
        self.heard: Signal[[CallEvent, float]] = Signal()
        self.guard = DialGuard(self._settings.form, monotonic)
        self.start()

    # The phone as it is

    @property
    def softphone(self) -> Softphone | None:
        """The driver in use; None while it is being built or when it cannot be."""
        return self._softphone

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
    def offer(self) -> Offer | None:
        """Another phone to call with for now; None while this one is well."""
        return None

    def accept_offer(self) -> None:
        """Call with the offered phone until the program ends or `return_to_chosen`."""

    def return_to_chosen(self) -> None:
        """Call with the chosen phone again."""

    def check(self) -> None:
        """Look whether the phone can dial; behind the user's back, every PROBE_SECONDS and after each failure."""

    # Its settings

    @property
    def drivers(self) -> list[DriverKind]:
        """What can be chosen on this PC; `label` and `hint` are msgids."""
        return [DRIVERS[name] for name in DRIVERS if name in driver_names()]

    @property
    def typed(self) -> PhoneSettings:
        """The settings as they are typed (`form` is the form of numbers)."""
        return self._typed

    @property
    def options(self) -> list[ShownOption]:
        """The fields of the chosen driver."""
        say, typed = self._tools.speech.say, self._typed
        return [
            ShownOption(
                one.name,
                say(one.label),
                say(one.hint) if one.hint else "",
                typed.secrets.get(one.name, "") if one.is_secret else typed.options.get(one.name, one.default),
                one.is_secret,
                one.is_secret and bool(self._settings.secrets.get(one.name)),
                one.choices,
            )
            for one in DRIVERS[typed.driver].options
        ]

    @property
    def styles(self) -> list[tuple[str, str]]:
        """Codes and names of the forms in which numbers are dialled."""
        return [(code, self._tools.speech.say(name)) for code, name in STYLES.items()]

    @property
    def is_changed(self) -> bool:
        """Whether something typed is not saved."""
        return self._typed != self._settings

    @property
    def is_busy(self) -> bool:
        """Whether settings are being saved."""
        return self._is_saving

    def choose_driver(self, name: str) -> None:
        """Choose another kind of phone in the form."""
        if name in DRIVERS and name != self._typed.driver:
            self._typed = replace(self._typed, driver=name, options={}, secrets={})
            self._forget_errors()

    def type_option(self, name: str, text: str) -> None:
        """An option of the driver is being typed."""
        kind = next((one for one in DRIVERS[self._typed.driver].options if one.name == name), None)
        if kind is None:
            return
        typed = self._typed
        if kind.is_secret:
            self._typed = replace(typed, secrets={**typed.secrets, name: text})
        else:
            self._typed = replace(typed, options={**typed.options, name: text.strip()})
        self._forget_errors()

    def type_format(
        self,
        *,
        region: str | None = None,
        style: str | None = None,
        outside_line: str | None = None,
        international_prefix: str | None = None,
    ) -> None:
        """The form of numbers is being typed; what is None stays."""
        form = self._typed.form
        self._typed = replace(
            self._typed,
            form=DialFormat(
                form.region if region is None else region.strip().upper(),
                form.style if style is None else DialStyle(style),
                form.outside_line if outside_line is None else outside_line.strip(),
                form.international_prefix if international_prefix is None else international_prefix.strip(),
            ),
        )
        self._forget_errors()

    def save(self) -> None:
        """Take what is typed, and look at once whether that phone is there."""

    def drop_changes(self) -> None:
        """Show what is saved again."""
        self._typed = self._settings
        self._forget_errors()

    # A call to nobody

    @property
    def test(self) -> CurrentCall | None:
        """The test call that is up, or the last one."""
        return self._test

    @property
    def test_text(self) -> str:
        """How the test call stands, in words; "" before the first."""
        return "" if self._test is None else self._test.describe(self._tools.speech, self._monotonic())

    @property
    def can_test(self) -> bool:
        """Whether a test call can be made: no call is up and nothing is unsaved."""
        return self._softphone is not None and not self.is_changed and (self._test is None or self._test.is_ended)

    def call_test(self) -> None:
        """Dial `test_number` (the laboratory's, or one's own) without any contact and without the server."""

    def hang_up_test(self) -> None:
        """End the test call; one that cannot be hung up from here is closed by hand."""

    def start(self) -> None:
        """Read the secrets and build the driver."""

    def close(self) -> None:
        """Let go of the driver. A call that is up goes on."""

    def _forget_errors(self) -> None:
        self.problem = None
        self.field_errors.clear()
        self.changed.emit()
