"""The driver without a phone: the number is shown and copied, and the agent dials by hand."""

from __future__ import annotations

from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, Health, HealthState
from callmanager.softphones.booked import BookedSoftphone


class NoSoftphone(BookedSoftphone):
    """Gives the number back to be copied; every state is an assumption until the agent says that the call is over."""

    name = "none"
    capabilities = Capabilities()

    def probe(self) -> Health:
        return Health(HealthState.READY, N_("The number is shown and copied. Dial it on your phone."))

    def _place(self, call_id: str, number: str) -> str:
        self._book.move(call_id, CallState.DIALING, Confidence.ASSUMED)
        return number
