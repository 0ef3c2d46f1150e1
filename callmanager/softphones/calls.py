"""The book of a driver's one live call: which steps are legal, and telling each of them once and in order.

It knows no phone. Drivers report here what they saw; whoever listens hears it with no lock held.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import RLock

from callmanager.domain.calls import may_follow
from callmanager.domain.clock import Clock
from callmanager.domain.errors import Conflict, NotFound
from callmanager.domain.texts import N_
from callmanager.softphones import CallEvent, CallState, Confidence, EndCause, Tell

_REMEMBERED = 32
"""How many ended calls are known by id, so that a late hang-up of one of them is no error."""


@dataclass(slots=True)
class LiveCall:
    """The call that is up."""

    call_id: str
    number: str
    state: CallState = CallState.REQUESTED


class CallBook:
    """Holds the live call of one driver and tells its steps to `tell`."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self._clock = clock
        self._tell = tell
        self._lock = RLock()
        self._live: LiveCall | None = None
        self._ended: deque[str] = deque(maxlen=_REMEMBERED)
        self._untold: deque[CallEvent] = deque()
        self._telling = False
        self._closed = False

    @property
    def live(self) -> LiveCall | None:
        return self._live

    def begin(self, call_id: str, number: str) -> None:
        """Open the call in state requested. Raises Conflict (call_live, call_repeated)."""
        with self._lock:
            if self._live is not None:
                raise Conflict("call_live", N_("There is a call already. Hang it up first."))
            if call_id in self._ended:
                raise Conflict("call_repeated", N_("This call was already made. Start a new one."))
            self._live = LiveCall(call_id, number)
            self._note(call_id, CallState.REQUESTED, Confidence.OBSERVED, None)
        self._drain()

    def move(self, call_id: str, state: CallState, confidence: Confidence = Confidence.OBSERVED) -> bool:
        """Note that the live call reached `state`; False for a step back, a repetition or a call that is not live."""
        with self._lock:
            live = self._live
            if live is None or live.call_id != call_id or state is CallState.ENDED or not may_follow(live.state, state):
                return False
            live.state = state
            self._note(call_id, state, confidence, None)
        self._drain()
        return True

    def end(self, call_id: str, cause: EndCause, confidence: Confidence = Confidence.OBSERVED) -> bool:
        """Note that the live call is over; False when it already was."""
        with self._lock:
            if self._live is None or self._live.call_id != call_id:
                return False
            self._live = None
            self._ended.append(call_id)
            self._note(call_id, CallState.ENDED, confidence, cause)
        self._drain()
        return True

    def find_live(self, call_id: str) -> LiveCall | None:
        """Return the call when it is live and None when it has ended. Raises NotFound (call_unknown)."""
        with self._lock:
            if self._live is not None and self._live.call_id == call_id:
                return self._live
            if call_id in self._ended:
                return None
        raise NotFound("call_unknown", N_("This phone knows no such call."))

    def close_by_hand(self, call_id: str) -> None:
        """End the call on the agent's word, or as one of which nothing is known. Raises NotFound (call_unknown)."""
        if live := self.find_live(call_id):
            untold = live.state is CallState.REQUESTED
            self.end(call_id, EndCause.UNCONFIRMED if untold else EndCause.CLOSED_BY_AGENT, Confidence.ASSUMED)

    def close(self) -> None:
        """Tell nothing more."""
        with self._lock:
            self._closed = True
            self._live = None
            self._untold.clear()

    def _note(self, call_id: str, state: CallState, confidence: Confidence, cause: EndCause | None) -> None:
        if not self._closed:
            self._untold.append(CallEvent(call_id, state, cause, self._clock.now(), confidence))

    def _drain(self) -> None:
        """Tell what is untold, unless another thread (or a caller further up) is telling: it will tell ours too."""
        while event := self._next_untold():
            try:
                self._tell(event)
            finally:
                with self._lock:
                    self._telling = False

    def _next_untold(self) -> CallEvent | None:
        with self._lock:
            if self._telling or not self._untold:
                return None
            self._telling = True
            return self._untold.popleft()
