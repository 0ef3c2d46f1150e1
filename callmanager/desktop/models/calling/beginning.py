"""Beginning the call at hand: the server is asked, then the phone; what either refuses is a question or a problem."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from callmanager.desktop.models.calling.at_hand import CallAtHand, Stage
from callmanager.desktop.models.calling.course import CurrentCall, TimedState, name_of
from callmanager.desktop.models.calling.dialling import Consents, Dialler, NotRecorded, PlannedCall
from callmanager.desktop.models.calling.next_contact import NextContact
from callmanager.desktop.models.calling.numbers import chosen_phone, read_digits
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.models.calling.questions import add_pass, build_question
from callmanager.desktop.models.calling.shared_lines import find_shared
from callmanager.desktop.remote.rest import new_key
from callmanager.domain.errors import CallManagerError, Invalid, Locked
from callmanager.softphones import CallState, Confidence, EndCause, States
from callmanager.softphones.refusals import UNCONFIRMED


class CallBeginning(CallAtHand):
    """What a call is begun with. Whoever extends it follows the call from `_recorded` on."""

    outcome: OutcomeModel
    _following: NextContact

    def choose_number(self, index: int) -> None:
        """Call another number of the contact."""
        if 0 <= index < len(self.numbers):
            self._chosen_number = index
            self._forget_question()
            self.changed.emit()

    def dial(self) -> None:
        """Call the chosen number of the open contact (of the contact chosen in the list when none is open)."""
        if not self.can_dial:
            return
        if not self._card.is_open:
            self._contacts.open()
        self._passes, self.problem, self._question = Consents(), None, None
        self._begin()

    def answer(self, *, reason: str = "") -> None:
        """Yes to `question`: call anyway."""
        asked, reason = self._question, " ".join(reason.split())
        if asked is None or not asked.yes_label or not self.can_dial or (asked.asks_reason and not reason):
            return
        self._passes, self._question = add_pass(self._passes, asked, reason), None
        self._begin()

    def dismiss(self) -> None:
        """No to `question`, and `problem` has been read."""
        self._forget_question()
        self.changed.emit()

    def open_asked(self) -> None:
        """Go to what `question` is about: the call that waits for its outcome, or the other contact."""
        asked = self._question
        self.dismiss()
        if asked is not None and asked.call_id is not None:
            self.waits.emit(asked.call_id)
        elif asked is not None and asked.contact_id is not None:
            self._contacts.open(asked.contact_id)

    def _begin(self) -> None:
        target = self._target
        assert target is not None
        phone = chosen_phone(target, self._chosen_number)
        try:
            dialable = read_digits(phone, self.phone.form, as_written=self._passes.as_written)
        except Invalid as error:
            self._refused(error)
            return
        self._wanted = wanted = PlannedCall(target, phone, dialable, self._passes, new_key())
        self._enter(Stage.STARTING)
        self.outcome.clear()  # what is typed from now on is of this call
        self.problem = None
        self._following.note(wanted.contact_id)
        post = self._tools.bus.post
        dialler = Dialler(
            self._workplace,
            self.phone,
            lambda health: post(lambda: self.phone.take_health(health)),
            lambda call: post(lambda: self._recorded(wanted, call)),
        )
        self._tools.background.run(lambda: dialler.dial(wanted), self._dialled, self._not_dialled)
        self.changed.emit()

    def _recorded(self, wanted: PlannedCall, call: Mapping[str, Any]) -> None:
        """The server holds the call; the phone is asked next."""
        softphone = self.phone.softphone
        can = softphone.capabilities if softphone is not None else None
        self._current = CurrentCall(
            call_id=int(call["id"]),
            contact_id=wanted.contact_id,
            contact_name=name_of(wanted.contact),
            number_text=self._card.now.names.phone(wanted.phone),
            digits=wanted.dialable.digits,
            driver=self.phone.driver,
            is_by_hand=can is None or can.states is States.NONE,
            can_hang_up=can is not None and can.hang_up,
        )
        self._enter(Stage.UP)
        self._look_who_shares(self._current, str(wanted.phone["number"]))
        self.outcome.changed.emit()  # what was typed of it by now has a call to be kept with
        self.changed.emit()

    def _look_who_shares(self, call: CurrentCall, number: str) -> None:
        """Whether an outcome that wants no calls has to say whom it bars. Found out while the phone rings."""
        replica = self._workplace.store.replica

        def tell(line: str) -> None:
            if line and self._current is not None and self._current.call_id == call.call_id:
                self.outcome.share_line(self._card.now.names.line(line))

        self._tools.background.run(lambda: find_shared(replica, call.contact_id, number), tell, lambda _error: None)

    def _dialled(self, to_copy: str) -> None:
        self._wanted, self._copy_text = None, to_copy
        if to_copy:
            self.copied.emit(to_copy)
        self.changed.emit()

    def _not_dialled(self, error: CallManagerError) -> None:
        self._wanted = None
        if isinstance(error, NotRecorded):
            self._enter(Stage.PREVIEW)
            self._refused(error.why)
        elif error.code == UNCONFIRMED:
            self._may_close, self.problem = True, error
        else:
            self._step(TimedState(CallState.ENDED, Confidence.OBSERVED, EndCause.FAILED, self._monotonic()))
            self.problem = error
        self.phone.check()
        self.changed.emit()

    def _refused(self, error: CallManagerError) -> None:
        self._question = build_question(error, self._tools)
        self.problem = None if self._question is not None else error
        if isinstance(error, Locked):
            self._card.locks.refused(error)
        self.changed.emit()

    def _forget_question(self) -> None:
        self._question, self.problem, self._passes = None, None, Consents()

    @abstractmethod
    def _enter(self, stage: Stage) -> None:
        """The call at hand is in another stage."""

    @abstractmethod
    def _step(self, step: TimedState) -> None:
        """A state of the call at hand."""
