"""Dials through InterPhone's window, which a bridge process works; what the window does not show is an assumption."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, EndCause, Health, HealthState, States, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.interphone.bridge_process import Reply
from callmanager.softphones.interphone.dialling import check_digits
from callmanager.softphones.interphone.keeping import BridgeKeeper, raise_error
from callmanager.softphones.interphone.profile import Profile
from callmanager.softphones.refusals import STARTING, phone_silent, unconfirmed
from callmanager.softphones.wiring.timers import Cancel, Timers

_RESUME_SECONDS = 0.2
_MOST_RESUMES = 3
"""How often a bridge that dies during one call is started again to watch it."""

_HEALTH = {
    "desktop_locked": HealthState.DESKTOP_LOCKED,
    "window_none": HealthState.NOT_RUNNING,
    "window_other": HealthState.NOT_LOGGED_IN,
    "phone_signed_out": HealthState.NOT_LOGGED_IN,
    "window_two": HealthState.UI_CHANGED,
    "control_missing": HealthState.UI_CHANGED,
    "control_twice": HealthState.UI_CHANGED,
    "window_denied": HealthState.ACCESS_DENIED,
}
_ENDS = {"busy": EndCause.BUSY, "no_answer": EndCause.NO_ANSWER, "unreachable": EndCause.UNREACHABLE}
_TALKED = frozenset({CallState.CONNECTED, CallState.ON_HOLD})

BRIDGE = Path(__file__).resolve().parents[1] / "bridge" / "__main__.py"
"""Started as a file, since the window's own folder need not be one where the package is found."""
BRIDGE_PROGRAM = "CallManagerBridge.exe"
BRIDGE_WORD = "--phone-bridge"


def bridge_command(adapter: str) -> tuple[str, ...]:
    """How this program starts its bridge: by its own interpreter; frozen, by the program beside it, or by itself."""
    if not getattr(sys, "frozen", False):
        return (sys.executable, str(BRIDGE), adapter)
    beside = Path(sys.executable).with_name(BRIDGE_PROGRAM)
    return (str(beside), adapter) if beside.exists() else (sys.executable, BRIDGE_WORD, adapter)


def health_of(bridge: BridgeKeeper) -> Health:
    """The phone as its bridge finds it now; changes nothing."""
    try:
        reply = bridge.ask({"ask": "probe"})
        raise_error(reply)
    except CallManagerError as error:
        state = _HEALTH.get(error.code, HealthState.UNKNOWN)
        return Health(state, error.message, params=error.params, is_starting=error.code == STARTING)
    if reply.answer is None:
        return Health(HealthState.UNKNOWN, phone_silent().message)
    return Health(HealthState.READY, N_("InterPhone is open and can be used."))


class InterPhoneSoftphone(BookedSoftphone):
    """The InterPhone of this PC, or a program whose window its profile describes."""

    name = "interphone"

    def __init__(
        self,
        clock: Clock,
        tell: Tell,
        timers: Timers,
        profile: Profile,
        *,
        command: Sequence[str] = (),
        limit: float = 8.0,
    ) -> None:
        """`command` starts the bridge; `limit` seconds for each request to it, the contract's at most."""
        super().__init__(clock, tell)
        self.capabilities = Capabilities(
            hang_up=profile.hang_up is not None, states=States.COARSE if profile.up else States.NONE
        )
        self._profile = profile
        self._timers = timers
        self._lock = Lock()
        self._cancels: dict[str, list[Cancel]] = {}
        self._seen_up = self._placed = self._hanging_up = False
        self._resumes = 0
        command = command or bridge_command(profile.adapter)
        self._bridge = BridgeKeeper(command, profile, self._on_event, self._on_bridge_end, limit)

    @property
    def bridge_pid(self) -> int | None:
        """The process that works the window, when one runs."""
        return self._bridge.pid

    def probe(self) -> Health:
        return health_of(self._bridge)

    def dial(self, call_id: str, number: str) -> str:
        return super().dial(call_id, check_digits(number))

    def _place(self, call_id: str, number: str) -> str:
        self._seen_up = self._hanging_up = False
        self._placed, self._resumes = True, 0
        try:
            reply = self._bridge.ask({"ask": "dial", "call": call_id, "number": number})
            raise_error(reply)
        except CallManagerError:
            self._placed = False
            raise
        if reply.answer is None and not reply.pressing:
            self._placed = False
            raise phone_silent()
        confirmed = _confirmed(reply)
        if confirmed is False:
            raise unconfirmed()
        self._on_up(call_id, Confidence.OBSERVED if confirmed else Confidence.ASSUMED)
        return ""

    def _release(self, call_id: str) -> None:
        if not self.capabilities.hang_up:
            super()._release(call_id)
        self._hanging_up = True
        try:
            reply = self._bridge.ask({"ask": "hang_up"})
            raise_error(reply)
        except CallManagerError:
            self._hanging_up = False
            raise
        confirmed = _confirmed(reply)
        if confirmed is False:
            self._hanging_up = False
            raise phone_silent()
        self._end(call_id, EndCause.HUNG_UP_HERE, Confidence.OBSERVED if confirmed else Confidence.ASSUMED)

    def close_by_hand(self, call_id: str) -> None:
        super().close_by_hand(call_id)
        self._rest(call_id)

    def close(self) -> None:
        super().close()
        with self._lock:
            planned = list(self._cancels)
        for call_id in planned:
            self._cancel_timers(call_id)
        self._bridge.close()

    # What the bridge sees, on its reader's thread.

    def _on_event(self, wire: dict[str, Any]) -> None:
        live = self._book.live
        if wire.get("event") != "sight" or live is None or wire.get("call") != live.call_id:
            return
        if wire.get("window") == "gone":
            self._end(live.call_id, EndCause.PHONE_LOST, Confidence.ASSUMED)
        elif wire.get("up"):
            self._on_up(live.call_id, Confidence.OBSERVED)
            if wire.get("ringing"):
                self._book.move(live.call_id, CallState.RINGING)
            if wire.get("connected"):
                self._book.move(live.call_id, CallState.CONNECTED)
        elif wire.get("up") is False and self._seen_up:
            self._end(live.call_id, self._why_over(live.state, str(wire.get("end"))), Confidence.OBSERVED)

    def _on_up(self, call_id: str, confidence: Confidence) -> None:
        self._seen_up = self._seen_up or confidence is Confidence.OBSERVED
        moved = self._book.move(call_id, CallState.DIALING, confidence)
        seconds = self._profile.assume_connected_seconds
        if moved and seconds and not self._profile.connected:
            self._after(call_id, seconds, lambda: self._assume_connected(call_id))

    def _assume_connected(self, call_id: str) -> None:
        self._book.move(call_id, CallState.CONNECTED, Confidence.ASSUMED)

    def _why_over(self, state: CallState, said: str) -> EndCause:
        """A window that never shows who answered cannot say that nobody did."""
        if self._hanging_up:
            return EndCause.HUNG_UP_HERE
        if state in _TALKED or not self._profile.connected:
            return EndCause.HUNG_UP if state in _TALKED else _ENDS.get(said, EndCause.HUNG_UP)
        return _ENDS.get(said, EndCause.NO_ANSWER)

    def _end(self, call_id: str, cause: EndCause, confidence: Confidence) -> None:
        self._rest(call_id)
        self._book.end(call_id, cause, confidence)

    def _rest(self, call_id: str) -> None:
        self._cancel_timers(call_id)
        self._bridge.tell({"ask": "rest", "call": call_id})

    def _on_bridge_end(self) -> None:
        """A bridge that died in mid-call is started again, to see how the call goes on."""
        live = self._book.live
        if live and self._placed and self._resumes < _MOST_RESUMES:
            self._resumes += 1
            self._after(live.call_id, _RESUME_SECONDS, self._resume)

    def _resume(self) -> None:
        live = self._book.live
        if live is None:
            return
        try:
            self._bridge.ask({"ask": "watch", "call": live.call_id})
        except CallManagerError as error:  # the call stays up until the agent says more
            if error.code == STARTING:
                self._after(live.call_id, _RESUME_SECONDS, self._resume)

    def _after(self, call_id: str, seconds: float, act: Callable[[], None]) -> None:
        with self._lock:
            self._cancels.setdefault(call_id, []).append(self._timers.after(seconds, act))

    def _cancel_timers(self, call_id: str) -> None:
        with self._lock:
            cancels = self._cancels.pop(call_id, [])
        for cancel in cancels:
            cancel()


def _confirmed(reply: Reply) -> bool | None:
    """What the bridge answered; an answer that makes no sense confirms nothing."""
    done = reply.answer.get("ok") if reply.answer else None
    confirmed = done.get("confirmed", False) if isinstance(done, dict) else False
    return confirmed if confirmed is None else confirmed is True
