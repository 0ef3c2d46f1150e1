"""A call to try this PC's phone: to the laboratory or to oneself, without any contact and without the server."""

from __future__ import annotations

import time
from collections.abc import Callable

from callmanager.desktop.models.calling.course import CurrentCall, TimedState
from callmanager.desktop.models.calling.phone import TEST_PREFIX, PhoneModel
from callmanager.desktop.models.calling.phone_form import PhoneForm
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.softphones import CallEvent, CallState, Confidence, EndCause, Softphone, States
from callmanager.softphones.formats import to_test
from callmanager.softphones.refusals import UNCONFIRMED


class PhoneTestCall:
    """`changed` when anything shown is another. `copied(digits)`: the phone is one that is dialled by hand."""

    def __init__(
        self, tools: Tools, phone: PhoneModel, form: PhoneForm, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tools, self._phone, self._form, self._monotonic = tools, phone, form, monotonic
        self._made = 0
        self.number = ""
        self.number_error: Invalid | None = None
        self.call: CurrentCall | None = None
        """The one that is up, or the last one."""
        self.changed: Signal[[]] = Signal()
        self.copied: Signal[[str]] = Signal()
        phone.heard_test.connect(self._hear)

    @property
    def is_up(self) -> bool:
        """Whether it is up."""
        return self.call is not None and not self.call.is_ended

    @property
    def text(self) -> str:
        """How it stands, in words; "" before the first."""
        return "" if self.call is None else self.call.describe(self._tools.speech, self._monotonic())

    @property
    def can_dial(self) -> bool:
        """Whether one can be made: none is up and nothing is unsaved."""
        return self._phone.softphone is not None and not self._form.is_changed and not self.is_up

    def dial(self) -> None:
        """Dial `number`."""
        softphone = self._phone.softphone
        if not self.can_dial or softphone is None or self._phone.is_in_use:
            return
        try:
            digits = to_test(self.number, self._phone.form)
        except Invalid as error:
            self.number_error = error
            self.changed.emit()
            return
        self.number_error = self._phone.problem = None
        self._made += 1
        self._take(_test_call(-self._made, digits, softphone))
        call_id = self._call_id
        self._tools.background.run(lambda: softphone.dial(call_id, digits), self._dialled, self._failed)

    def hang_up(self) -> None:
        """End it; one that cannot be hung up from here is closed by hand."""
        softphone, call_id = self._phone.softphone, self._call_id
        if softphone is None or not self.is_up:
            return
        end = softphone.hang_up if softphone.capabilities.hang_up else softphone.close_by_hand
        self._tools.background.run(
            lambda: end(call_id),
            lambda _none: None,
            lambda _error: self._tools.background.run(
                lambda: softphone.close_by_hand(call_id), lambda _none: None, lambda _again: None
            ),
        )

    @property
    def _call_id(self) -> str:
        return f"{TEST_PREFIX}{self._made}"

    def _take(self, call: CurrentCall) -> None:
        self.call = call
        self._phone.is_test_up = self.is_up
        self.changed.emit()

    def _hear(self, event: CallEvent, steady: float) -> None:
        if self.call is not None and event.call_id == self._call_id:
            self._take(self.call.follow(TimedState(event.state, event.confidence, event.cause, steady)))

    def _dialled(self, to_copy: str) -> None:
        if to_copy:
            self.copied.emit(to_copy)
        self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self._phone.problem = error
        if self.call is not None and error.code != UNCONFIRMED:
            self._take(
                self.call.follow(TimedState(CallState.ENDED, Confidence.OBSERVED, EndCause.FAILED, self._monotonic()))
            )
        self.changed.emit()
        self._phone.check()


def _test_call(call_id: int, digits: str, softphone: Softphone) -> CurrentCall:
    can = softphone.capabilities
    return CurrentCall(call_id, 0, "", digits, digits, softphone.name, can.states is States.NONE, can.hang_up)
