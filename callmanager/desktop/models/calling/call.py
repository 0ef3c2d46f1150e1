"""THE loop of an agent: preview, dial, talk, outcome, next. Holds the call at hand and acts on it.

How a call is begun stands in beginning.py, how it is told to the server in reporting.py, how its outcome is saved and
taken back in sent_outcomes.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from callmanager.desktop.models.calling.at_hand import Stage
from callmanager.desktop.models.calling.beginning import CallBeginning
from callmanager.desktop.models.calling.course import CurrentCall, TimedState, name_of, read_call
from callmanager.desktop.models.calling.next_contact import NextContact
from callmanager.desktop.models.calling.numbers import NumberChoice, chosen_phone, read_digits
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.models.calling.phone import PhoneModel
from callmanager.desktop.models.calling.questions import Question
from callmanager.desktop.models.calling.reporting import Reporter
from callmanager.desktop.models.calling.sent_outcomes import Outcomes, SavedOutcome
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.open_card import PassingNotice
from callmanager.desktop.models.card.words import sentence
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.sync_events import Applied
from callmanager.desktop.workplace import LeaseLost, WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError, Invalid, NotFound
from callmanager.domain.texts import N_
from callmanager.softphones import CallEvent, CallState, Confidence, EndCause

__all__ = ["CallModel", "NumberChoice", "Question", "Stage"]


class CallModel(CallBeginning):
    """`changed` after everything that shows; call `tick` each second while it is shown, and read the texts then.

    `told`: what passes (with an undo for 8 s). `copied(text)`: the number to be put on the clipboard. `waits`: the
    server has a call that waits for its outcome and is not the one at hand (its id).
    """

    def __init__(
        self,
        tools: Tools,
        workplace: Workplace,
        phone: PhoneModel,
        outcome: OutcomeModel,
        *,
        card: ContactCardModel,
        contacts: ContactListModel,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(tools, workplace, phone, card=card, contacts=contacts, monotonic=monotonic)
        self.outcome = outcome
        self._reporter = Reporter(tools, workplace)
        self._outcomes = Outcomes(tools, workplace, self._reporter, self._is_needed)
        self._following = NextContact(contacts)
        self._to_be_sent: dict[int, str] = {}
        phone.heard.connect(self._hear_phone)
        phone.changed.connect(self.changed.emit)
        outcome.changed.connect(self._keep_typed)
        card.now.changed.connect(self._follow_contact)
        contacts.selected_changed.connect(self._follow_contact)

    def hang_up(self) -> None:
        """End the call: on the phone if it can be done from here, else by the agent's word."""
        call, softphone = self._current, self.phone.softphone
        if self._stage is not Stage.UP or call is None:
            return
        if softphone is None or not call.can_hang_up:
            self.close_by_hand()
            return
        call_id = str(call.call_id)
        self._tools.background.run(
            lambda: softphone.hang_up(call_id), lambda _none: None, lambda error: self._not_hung_up(call, error)
        )

    def close_by_hand(self) -> None:
        """The agent says that the call is over."""
        call, softphone = self._current, self.phone.softphone
        if self._stage is not Stage.UP or call is None:
            return
        cause = EndCause.CLOSED_BY_AGENT if call.has_dialled else EndCause.UNCONFIRMED
        self._step(TimedState(CallState.ENDED, Confidence.ASSUMED, cause, self._monotonic()))
        if softphone is not None:
            call_id = str(call.call_id)
            self._tools.background.run(
                lambda: softphone.close_by_hand(call_id), lambda _none: None, lambda _error: None
            )

    def say_answered(self) -> None:
        """The agent says that somebody answered: talk counts from now, as an estimate."""
        if self.can_say_answered:
            self._step(TimedState(CallState.CONNECTED, Confidence.ASSUMED, None, self._monotonic()))

    def save(self, *, and_next: bool = False) -> None:
        """Save the outcome; then, if wanted, open the next contact of the list as it is filtered."""
        call = self._current
        if not self.can_save or call is None:
            return
        now = self._monotonic()
        given = self.outcome.check(call.talk_seconds(now))
        if given is None:
            return
        if not call.is_ended:
            self.close_by_hand()
        chosen, typed = self.outcome.chosen, self.outcome.to_draft()
        next_id = self._following.find(call.contact_id) if and_next else None
        saved = self._outcomes.save(self._current or call, given, typed)
        self._clear()
        self._tell_kept(saved, chosen.name if chosen else given.disposition)
        if and_next:
            self._open(next_id)

    def next(self) -> None:
        """Open the next contact of the list as it is filtered."""
        self._open(self._following.find(self._target_id))

    def copy_number(self) -> None:
        """Put the chosen number on the clipboard: as it was dialled, or as this phone would."""
        chosen = next((one for one in self.numbers if one.is_chosen), None)
        text = self._copy_text or self._digits() or (chosen.text if chosen else "")
        if text:
            self.copied.emit(text)

    def resume(self, call: Mapping[str, Any]) -> None:
        """Ask for the outcome of a call (as on the wire) that an earlier run of the program left; when it is not
        known to be over, the agent says so first."""
        if self._stage is not Stage.PREVIEW:
            return
        record = self._workplace.store.replica.find_contact(int(call["contact_id"]))
        self._current = read_call(call, name_of(record), self._tools.clock.now(), self._monotonic())
        self._enter(Stage.OUTCOME if self._current.is_ended else Stage.UP)
        self._forget_question()
        self.outcome.take_draft(self._reporter.find_draft(self._current.call_id) or {})
        self._look_who_shares(self._current, self._current.number_text)
        self._outcomes.hold_again(self._current.contact_id)
        self._card.open(self._current.contact_id)
        self.changed.emit()

    def tick(self) -> None:
        """A second has passed."""
        if self._stage is Stage.UP and self._current is not None:
            self._workplace.held.note_work(self._current.contact_id)

    def shut(self) -> None:
        """The window closes: what was typed is on the disk when this returns."""
        self._reporter.flush()

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, Sent | Refused):
            self._tell_answered(event, was_ours=self._outcomes.hear(event))
        elif isinstance(event, LeaseLost) and self._current is not None:
            self._lost(event.contact_id)
        elif isinstance(event, Applied) and self._stage is Stage.PREVIEW and event.tells_of("contact", self._target_id):
            self.changed.emit()

    def _tell_kept(self, saved: SavedOutcome, name: str) -> None:
        """It is on the disk here: no more is true before the server has answered."""
        self._to_be_sent[saved.number] = name
        text = sentence(N_("Outcome to be sent: %(outcome)s."), outcome=name)
        self.told.emit(PassingNotice(text, N_("Undo"), lambda: self._undo(saved), about=_about(saved.number)))

    def _tell_answered(self, event: Sent | Refused, *, was_ours: bool) -> None:
        name, about = self._to_be_sent.pop(event.item.number, None), _about(event.item.number)
        if isinstance(event, Refused) and was_ours:
            self.told.emit(PassingNotice(event.error, is_error=True, about=about))
        elif isinstance(event, Sent) and name is not None:
            self.told.emit(
                PassingNotice(sentence(N_("Outcome saved: %(outcome)s."), outcome=name), about=about, is_later=True)
            )

    def _hear_phone(self, event: CallEvent, steady: float) -> None:
        if self._current is not None and event.call_id == str(self._current.call_id):
            self._step(TimedState(event.state, event.confidence, event.cause, steady))

    def _step(self, step: TimedState) -> None:
        """A state of the call at hand; one that is known already, or is behind, changes nothing."""
        call = self._current
        if call is None or (after := call.follow(step)) is call:
            return
        self._current = after
        number = self._reporter.step(after, step)
        if after.is_ended:
            self._ended(after, number)
        self.changed.emit()

    def _ended(self, call: CurrentCall, number: int) -> None:
        self._may_close, self._copy_text = False, ""
        if call.needs_outcome:
            self._enter(Stage.OUTCOME)
            self.outcome.suggest(None if call.is_assumed else call.cause)
            if call.cause == EndCause.PHONE_LOST:
                self.phone.check()  # so that the light is right before the next call
            return
        self._clear()
        self._outcomes.give_back_after(number, call.contact_id)
        self.phone.check()

    def _not_hung_up(self, call: CurrentCall, error: CallManagerError) -> None:
        if self._current is None or self._current.call_id != call.call_id or self._current.is_ended:
            return
        self._may_close = True
        self.problem = None if isinstance(error, NotFound) else error
        if isinstance(error, NotFound):
            self.close_by_hand()  # the phone knows no such call any more
        self.changed.emit()

    def _undo(self, saved: SavedOutcome) -> None:
        if self._stage is not Stage.PREVIEW:
            self.told.emit(PassingNotice(sentence(N_("Finish the call at hand first.")), is_error=True))
            return
        self._outcomes.undo(saved, lambda: self._undone(saved), self._not_undone)

    def _undone(self, saved: SavedOutcome) -> None:
        if self._stage is not Stage.PREVIEW:
            self.waits.emit(saved.call.call_id)
            return
        self._current = saved.call
        self._enter(Stage.OUTCOME)
        self.outcome.take_draft(saved.typed)
        self._outcomes.hold_again(saved.call.contact_id)
        self._card.open(saved.call.contact_id)
        self.changed.emit()

    def _not_undone(self, error: CallManagerError) -> None:
        self.told.emit(PassingNotice(error, is_error=True))

    def _lost(self, contact_id: int) -> None:
        """The lease ran out while the server was away, or somebody took the contact: hold it again if it is free."""
        call = self._current
        if call is None or call.contact_id != contact_id:
            return
        self._current = replace(call, is_lost=True)
        said = N_("You no longer hold this contact. Finish the call and save its outcome all the same.")
        self.problem = sentence(said)
        self._outcomes.hold_again(contact_id, lambda: self._held_again(contact_id))
        self.changed.emit()

    def _held_again(self, contact_id: int) -> None:
        call = self._current
        if call is not None and call.contact_id == contact_id and call.is_lost:
            self._current, self.problem = replace(call, is_lost=False), None
            self.changed.emit()
        elif not self._is_needed(contact_id):
            self._outcomes.give_back(contact_id)

    def _clear(self) -> None:
        """No call is at hand."""
        call, self._current = self._current, None
        self._enter(Stage.PREVIEW)
        self._copy_text, self._may_close, self.problem = "", False, None
        if call is not None:
            self._reporter.keep_draft(call.call_id, None)
        self.outcome.clear()
        self.changed.emit()

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self.phone.is_in_use = stage in (Stage.STARTING, Stage.UP)

    def _keep_typed(self) -> None:
        if self._current is not None:
            if self.outcome.is_touched:
                self._reporter.keep_draft(self._current.call_id, self.outcome.to_draft())
            self._workplace.held.note_work(self._current.contact_id)
        self.changed.emit()

    def _follow_contact(self) -> None:
        """F3 would call another one: at the first number, and nothing is left that was asked of the one before."""
        if self._target_id != self._shown_contact:
            self._shown_contact, self._chosen_number = self._target_id, 0
            self._following.note(self._shown_contact)
            if self._stage is Stage.PREVIEW:
                self._forget_question()
        self.changed.emit()

    def _open(self, contact_id: int | None) -> None:
        if contact_id is None:
            self.told.emit(PassingNotice(sentence(N_("That was the last contact of this list."))))
        else:
            self._contacts.open(contact_id)

    def _digits(self) -> str:
        target = self._target
        if target is None or not target["phones"]:
            return ""
        phone = chosen_phone(target, self._chosen_number)
        try:
            return read_digits(phone, self.phone.form, as_written=True).digits
        except Invalid:
            return ""

    def _is_needed(self, contact_id: int) -> bool:
        """Whether a contact is held for the call at hand."""
        is_wanted = self._wanted is not None and self._wanted.contact_id == contact_id
        return is_wanted or (self._current is not None and self._current.contact_id == contact_id)


def _about(number: int) -> str:
    """What a notice of an outcome is about, by the number of its request."""
    return f"outcome {number}"
