"""The phone of this PC: its driver while the user works, whether it can dial now, its settings, and a test call.

It makes no call of a contact: that is call.py's. Drivers are built, asked and closed in threads, never in the window's.
"""

from __future__ import annotations

from callmanager.desktop.models.calling.course import CurrentCall, Step
from callmanager.desktop.models.calling.phone_form import PhoneForm, ShownOption
from callmanager.desktop.models.calling.phone_in_use import PROBE_SECONDS, Offer, PhoneNeeds
from callmanager.desktop.observing import Signal
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.softphones import CallEvent, CallState, Confidence, EndCause, Softphone, States
from callmanager.softphones.formats import to_test
from callmanager.softphones.refusals import UNCONFIRMED

__all__ = ["PROBE_SECONDS", "Offer", "PhoneModel", "ShownOption"]

TEST_PREFIX = "test-"


class PhoneModel(PhoneForm):
    """`changed` when anything shown is another. `heard(event, steady)`: a step of a call, in the window's thread.
    `copied(digits)`: a test call on a phone that is dialled by hand.

    `softphone` is None until the settings are read and the driver is built; nothing can be dialled before.
    """

    def __init__(self, needs: PhoneNeeds) -> None:
        super().__init__(needs)
        self._test: CurrentCall | None = None
        self._tests = 0
        self.test_number = ""
        self.copied: Signal[[str]] = Signal()
        self.start()

    @property
    def has_test_up(self) -> bool:
        """Whether a test call is up."""
        return self._test is not None and not self._test.is_ended

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
        softphone = self._softphone
        if not self.can_test or softphone is None or self.is_in_use:
            return
        try:
            digits = to_test(self.test_number, self.form)
        except Invalid as error:
            self.field_errors = {"test_number": error}
            self.changed.emit()
            return
        self._forget_errors()
        self._tests += 1
        self._test = _test_call(-self._tests, digits, softphone)
        call_id = f"{TEST_PREFIX}{self._tests}"
        self._tools.background.run(lambda: softphone.dial(call_id, digits), self._test_dialled, self._test_failed)
        self.changed.emit()

    def hang_up_test(self) -> None:
        """End the test call; one that cannot be hung up from here is closed by hand."""
        softphone, call_id = self._softphone, f"{TEST_PREFIX}{self._tests}"
        if softphone is None or not self.has_test_up:
            return
        end = softphone.hang_up if softphone.capabilities.hang_up else softphone.close_by_hand
        self._tools.background.run(
            lambda: end(call_id),
            lambda _none: None,
            lambda _error: self._tools.background.run(
                lambda: softphone.close_by_hand(call_id), lambda _none: None, lambda _again: None
            ),
        )

    def _hear(self, number: int, event: CallEvent, steady: float) -> None:
        if not event.call_id.startswith(TEST_PREFIX):
            super()._hear(number, event, steady)
        elif number == self._starts and self._test is not None and event.call_id == f"{TEST_PREFIX}{self._tests}":
            self._test = self._test.follow(Step(event.state, event.confidence, event.cause, steady))
            self.changed.emit()

    def _test_dialled(self, to_copy: str) -> None:
        if to_copy:
            self.copied.emit(to_copy)
        self.changed.emit()

    def _test_failed(self, error: CallManagerError) -> None:
        self.problem = error
        if self._test is not None and error.code != UNCONFIRMED:
            failed = Step(CallState.ENDED, Confidence.OBSERVED, EndCause.FAILED, self._monotonic())
            self._test = self._test.follow(failed)
        self.changed.emit()
        self.check()


def _test_call(call_id: int, digits: str, softphone: Softphone) -> CurrentCall:
    can = softphone.capabilities
    return CurrentCall(call_id, 0, "", digits, digits, softphone.name, can.states is States.NONE, can.hang_up)
