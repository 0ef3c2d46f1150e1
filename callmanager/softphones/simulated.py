"""A phone for demonstrations and training: it rings, answers and hangs up by a script, and calls nobody."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from callmanager.domain.clock import Clock
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, EndCause, Health, HealthState, States, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.wiring.timers import Cancel, Timers

Step = tuple[float, CallState | EndCause]
Script = tuple[Step, ...]
"""What happens, and how many seconds after the step before. A script without an end waits for the agent."""

ANSWERS: Script = ((0.5, CallState.RINGING), (4.0, CallState.CONNECTED))
ANSWERS_AND_LEAVES: Script = (*ANSWERS, (25.0, EndCause.HUNG_UP))
BUSY: Script = ((1.0, EndCause.BUSY),)
RINGS_IN_VAIN: Script = ((0.5, CallState.RINGING), (30.0, EndCause.NO_ANSWER))
REFUSES: Script = ((0.5, CallState.RINGING), (2.0, EndCause.REJECTED))
DEAD: Script = ((6.0, EndCause.UNREACHABLE),)

_BY_LAST_DIGIT: tuple[Script, ...] = (
    *(ANSWERS, ANSWERS, ANSWERS, ANSWERS_AND_LEAVES, ANSWERS_AND_LEAVES),
    *(RINGS_IN_VAIN, RINGS_IN_VAIN, BUSY, REFUSES, DEAD),
)


def script_by_last_digit(number: str) -> Script:
    """0-2 answer, 3-4 answer and hang up, 5-6 ring in vain, 7 is busy, 8 refuses, 9 is unreachable."""
    return _BY_LAST_DIGIT[int(number[-1])]


class SimulatedSoftphone(BookedSoftphone):
    """Plays one script per call. `script` chooses it by number."""

    name = "simulated"
    capabilities = Capabilities(hang_up=True, states=States.FULL)

    def __init__(
        self, clock: Clock, tell: Tell, timers: Timers, script: Callable[[str], Script] = script_by_last_digit
    ) -> None:
        super().__init__(clock, tell)
        self._timers = timers
        self._script = script
        self._lock = Lock()
        self._next: Cancel | None = None

    def probe(self) -> Health:
        return Health(HealthState.READY, N_("This phone is simulated: nobody is called."))

    def _place(self, call_id: str, number: str) -> str:
        self._book.move(call_id, CallState.DIALING)
        self._plan(call_id, self._script(number))
        return ""

    def _release(self, call_id: str) -> None:
        self._stop()
        self._book.end(call_id, EndCause.HUNG_UP_HERE)

    def close_by_hand(self, call_id: str) -> None:
        super().close_by_hand(call_id)
        self._stop()

    def close(self) -> None:
        super().close()
        self._stop()

    def _plan(self, call_id: str, script: Script) -> None:
        if not script:
            return
        (seconds, step), rest = script[0], script[1:]
        with self._lock:
            self._next = self._timers.after(seconds, lambda: self._play(call_id, step, rest))

    def _play(self, call_id: str, step: CallState | EndCause, rest: Script) -> None:
        if isinstance(step, EndCause):
            self._book.end(call_id, step)
        elif self._book.move(call_id, step):
            self._plan(call_id, rest)

    def _stop(self) -> None:
        with self._lock:
            cancel, self._next = self._next, None
        if cancel:
            cancel()
