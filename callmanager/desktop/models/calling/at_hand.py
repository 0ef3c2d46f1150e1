"""The call at hand as it is shown: its stage, its times in words, and what may be done with it now. Does nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from callmanager.desktop.models.agent_state import show_duration
from callmanager.desktop.models.calling.course import CurrentCall, name_of
from callmanager.desktop.models.calling.dialling import Consents, PlannedCall
from callmanager.desktop.models.calling.numbers import NumberChoice, find_refusal, list_numbers
from callmanager.desktop.models.calling.phone import PhoneModel
from callmanager.desktop.models.calling.questions import Question
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.open_card import PassingNotice, Problem
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.softphones import CallState

WRAP_UP_LIMITS = (60, 180)
"""Seconds after which the time for the outcome is shown as long, and as too long."""
RING_LIMITS = (30, 60)


class Stage(StrEnum):
    """What is at hand."""

    PREVIEW = "preview"  # no call: the open contact can be called
    STARTING = "starting"  # the server and the phone are being asked
    UP = "up"
    OUTCOME = "outcome"  # the call is over and has no outcome yet


class CallAtHand:
    """What `CallModel` shows. The signals are told by it."""

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        phone: PhoneModel,
        *,
        card: ContactCardModel,
        contacts: ContactListModel,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools, self._workplace, self._monotonic = tools, workplace, monotonic
        self.phone, self._card, self._contacts = phone, card, contacts
        self._stage = Stage.PREVIEW
        self._current: CurrentCall | None = None
        self._wanted: PlannedCall | None = None
        self._question: Question | None = None
        self._passes = Consents()
        self._chosen_number, self._shown_contact = 0, self._target_id
        self._copy_text, self._may_close = "", False
        self.problem: Problem | None = None
        self.changed: Signal[[]] = Signal()
        self.told: Signal[[PassingNotice]] = Signal()
        self.copied: Signal[[str]] = Signal()
        self.waits: Signal[[int]] = Signal()

    @property
    def stage(self) -> Stage:
        """What is at hand."""
        return self._stage

    @property
    def current(self) -> CurrentCall | None:
        """The call at hand, also while its outcome is asked."""
        return self._current

    @property
    def contact_name(self) -> str:
        """Whom F3 would call; "" for nobody, or for somebody without a name."""
        return name_of(self._target)

    @property
    def numbers(self) -> list[NumberChoice]:
        """The numbers of the contact that F3 calls."""
        names, speech = self._card.now.names, self._tools.speech
        return list_numbers(self._target, self.phone.form, self._chosen_number, names, speech)

    @property
    def state_text(self) -> str:
        """`Ringing 0:07`, `On the phone 1:23 (not confirmed)`, `Busy`; "" without a call."""
        if self._stage is Stage.STARTING and self._current is None:
            return self._tools.speech.say(N_("Preparing the call…"))
        return "" if self._current is None else self._current.describe(self._tools.speech, self._monotonic())

    @property
    def seconds(self) -> int:
        """How long the call has been in its state."""
        return 0 if self._current is None else self._current.seconds_in_state(self._monotonic())

    @property
    def wrap_up_text(self) -> str:
        """`Wrap-up 0:12` while the outcome is asked."""
        if self._stage is not Stage.OUTCOME:
            return ""
        return self._tools.speech.say(N_("Wrap-up %(time)s"), time=show_duration(self.seconds))

    @property
    def urgency(self) -> str:
        """`calm`, `long` or `too_long`: how long the present state has lasted."""
        call = self._current
        limits = WRAP_UP_LIMITS if self._stage is Stage.OUTCOME else RING_LIMITS
        if call is None or call.state in (CallState.CONNECTED, CallState.ON_HOLD) or self.seconds < limits[0]:
            return "calm"
        return "long" if self.seconds < limits[1] else "too_long"

    @property
    def question(self) -> Question | None:
        """What has to be decided before the call is made."""
        return self._question

    @property
    def copy_text(self) -> str:
        """The digits that the agent dials himself, on a phone that does not dial; "" otherwise."""
        return self._copy_text

    @property
    def can_dial(self) -> bool:
        """Whether F3 does something. Asked with every key: the contact is read only when it may be called."""
        if self._stage is not Stage.PREVIEW or self.phone.softphone is None:
            return False
        target = self._target
        return target is not None and self._refuse(target) is None

    @property
    def refusal_text(self) -> str:
        """Why F3 does nothing for the contact before the user, in words; "" when nothing is known against it."""
        target = self._target if self._stage is Stage.PREVIEW else None
        refusal = None if target is None else self._refuse(target)
        return "" if refusal is None else self._tools.speech.explain(refusal)

    @property
    def can_hang_up(self) -> bool:
        """Whether F4 ends the call, on the phone or by the agent's word."""
        return self._stage is Stage.UP

    @property
    def can_close_by_hand(self) -> bool:
        """Whether the agent may say that the call is over: the phone does not tell, or did not confirm."""
        call = self._current
        return self._stage is Stage.UP and call is not None and (call.is_by_hand or self._may_close)

    @property
    def can_say_answered(self) -> bool:
        """Whether the agent may say that somebody answered, on a phone that does not tell."""
        call = self._current
        is_talking = call is not None and call.state in (CallState.CONNECTED, CallState.ON_HOLD)
        return self._stage is Stage.UP and call is not None and call.is_by_hand and not is_talking

    @property
    def awaits_outcome(self) -> bool:
        """Whether an outcome can be chosen: a call is up or over and has none yet."""
        return self._stage in (Stage.UP, Stage.OUTCOME)

    @property
    def can_save(self) -> bool:
        """Whether the outcome can be saved now: the call is over, or is over when the agent says so."""
        return self._stage is Stage.OUTCOME or self.can_close_by_hand

    @property
    def reason_to_stay(self) -> str:
        """Why the window should not be closed now, in words; "" when nothing speaks against it."""
        say = self._tools.speech.say
        if self._stage in (Stage.UP, Stage.STARTING):
            return say(N_("A call is up. It goes on in the phone, and its outcome is asked at the next start."))
        if self._stage is Stage.OUTCOME:
            return say(N_("The last call has no outcome yet. It is asked at the next start."))
        return ""

    def _refuse(self, target: Record) -> Invalid | None:
        may_override = self._card.now.may(Permission.CALL_OVERRIDE)
        return find_refusal(target, self._chosen_number, self.phone.form, may_override=may_override)

    @property
    def _target_id(self) -> int | None:
        """Whom F3 would call: the open contact, else the one that is chosen in the list."""
        return self._card.now.contact_id if self._card.is_open else self._contacts.selected

    @property
    def _target(self) -> Record | None:
        if self._card.is_open:
            return self._card.now.record
        chosen = self._target_id
        return None if chosen is None else self._workplace.store.replica.find_contact(chosen)
