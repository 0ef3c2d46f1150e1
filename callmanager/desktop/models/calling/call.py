"""THE loop of an agent: preview, dial, talk, outcome, next. Holds the call at hand and decides what may be done with it.

How a call is begun stands in dialling.py, what is told of it to the server in reporting.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from callmanager.desktop.models.calling.course import CurrentCall
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.models.calling.phone import PhoneModel
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.open_card import Problem, Told
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import WorkEvent, Workplace

WRAP_UP_LIMITS = (60, 180)
"""Seconds after which the time for the outcome is shown as long, and as too long."""


class Stage(StrEnum):
    """What is at hand."""

    PREVIEW = "preview"  # no call: the open contact can be called
    STARTING = "starting"  # the server and the phone are being asked
    UP = "up"
    OUTCOME = "outcome"  # the call is over and has no outcome yet


@dataclass(frozen=True, slots=True)
class NumberChoice:
    """A number of the open contact. `problem` says in words why it cannot be dialled; "" when it can."""

    index: int
    text: str
    label: str
    is_chosen: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be decided before the call is made. `code` is the refusal's.

    `yes_label` ("Call anyway") is empty when it cannot be passed. `asks_reason`: a reason has to be written.
    `call_id`, `contact_id`: what the refusal is about, to be opened (`open_label`), where there is something.
    """

    code: str
    text: str
    yes_label: str = ""
    asks_reason: bool = False
    open_label: str = ""
    call_id: int | None = None
    contact_id: int | None = None


class CallModel:
    """`changed` after everything that shows; call `tick` each second while it is shown, and read the texts then.

    `told`: what passes (with an undo for 8 s). `copied(text)`: the number to be put on the clipboard.
    """

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        phone: PhoneModel,
        outcome: OutcomeModel,
        card: ContactCardModel,
        contacts: ContactListModel,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools, self._workplace, self._monotonic = tools, workplace, monotonic
        self.phone, self.outcome, self._card, self._contacts = phone, outcome, card, contacts
        self._stage = Stage.PREVIEW
        self._current: CurrentCall | None = None
        self._question: Question | None = None
        self._chosen_number: int = 0
        self.problem: Problem | None = None
        self.changed: Signal[[]] = Signal()
        self.told: Signal[[Told]] = Signal()
        self.copied: Signal[[str]] = Signal()

    # What is shown

    @property
    def stage(self) -> Stage:
        """What is at hand."""
        return self._stage

    @property
    def current(self) -> CurrentCall | None:
        """The call at hand, also while its outcome is asked."""
        return self._current

    @property
    def numbers(self) -> list[NumberChoice]:
        """The numbers of the open contact."""
        return []

    @property
    def state_text(self) -> str:
        """`Ringing 0:07`, `On the phone 1:23 (not confirmed)`, `Busy`; "" without a call."""
        return ""

    @property
    def wrap_up_text(self) -> str:
        """`Wrap-up 0:12` while the outcome is asked."""
        return ""

    @property
    def urgency(self) -> str:
        """`calm`, `long` or `too_long`: how long the present state has lasted."""
        return "calm"

    @property
    def question(self) -> Question | None:
        """What has to be decided before the call is made."""
        return self._question

    @property
    def copy_text(self) -> str:
        """The digits that the agent dials himself on a phone without states; "" otherwise."""
        return ""

    # What may be done

    @property
    def can_dial(self) -> bool:
        """Whether F3 does something."""
        return False

    @property
    def can_hang_up(self) -> bool:
        """Whether F4 ends the call, on the phone or by the agent's word."""
        return False

    @property
    def can_close_by_hand(self) -> bool:
        """Whether the agent may say that the call is over: the phone tells nothing, or did not confirm."""
        return False

    @property
    def can_say_answered(self) -> bool:
        """Whether the agent may say that somebody answered, on a phone that does not tell."""
        return False

    @property
    def awaits_outcome(self) -> bool:
        """Whether an outcome can be chosen: a call is up or over and has none yet."""
        return self._stage in (Stage.UP, Stage.OUTCOME)

    @property
    def can_save(self) -> bool:
        """Whether the outcome can be saved now."""
        return False

    # Verbs

    def choose_number(self, index: int) -> None:
        """Call another number of the open contact."""

    def dial(self) -> None:
        """Call the chosen number of the open contact (of the contact chosen in the list when none is open)."""

    def answer(self, *, reason: str = "") -> None:
        """Yes to `question`: call anyway."""

    def dismiss(self) -> None:
        """No to `question`, and `problem` has been read."""

    def open_asked(self) -> None:
        """Go to what `question` is about: the call that waits for its outcome, or the other contact."""

    def hang_up(self) -> None:
        """End the call."""

    def close_by_hand(self) -> None:
        """The agent says that the call is over."""

    def say_answered(self) -> None:
        """The agent says that somebody answered: talk counts from now, as an estimate."""

    def save(self, *, and_next: bool = False) -> None:
        """Save the outcome; then, if wanted, open the next contact of the list as it is filtered."""

    def next(self) -> None:
        """Open the next contact of the list as it is filtered."""

    def copy_number(self) -> None:
        """Put the chosen number on the clipboard."""

    def tick(self) -> None:
        """A second has passed."""

    @property
    def reason_to_stay(self) -> str:
        """Why the window should not be closed now, in words; "" when nothing speaks against it."""
        return ""

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
