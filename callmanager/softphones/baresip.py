"""Drives baresip through its ctrl_tcp module: commands and events as JSON in netstrings, on loopback.

Seen with baresip 1.0.0: one controller at a time (a second one puts out the first), no call id in the answer to dial,
nothing at all for a long time from a target that is not there. So ids are learnt from events and from callstat, and
every wait has an end of its own. Its configuration must say `call_max_calls 1`, for `hangup` names no call.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, EndCause, Health, HealthState, States, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.refusals import phone_absent, phone_refused, phone_silent, unconfirmed
from callmanager.softphones.wiring.frames import Netstrings, to_netstring
from callmanager.softphones.wiring.links import Link, Listener
from callmanager.softphones.wiring.timers import Cancel, Timers

_ID = re.compile(r"\bid=([0-9a-f]+)")
_PEER = re.compile(r"peer_uri:\s*<?([^>\s]+)")
_STATUS = re.compile(r"(\d{3})\b")
_TIMED_OUT = ("timed out", "timeout", "refused", "unreachable", "no route", "protocol error")

_STEPS = {
    "CALL_LOCAL_SDP": CallState.DIALING,
    "CALL_RINGING": CallState.RINGING,
    "CALL_PROGRESS": CallState.RINGING,
    "CALL_ESTABLISHED": CallState.CONNECTED,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each wait may last, in seconds.

    setup: until the other side says anything; ring: until it is answered; answer: until the phone answers a command.
    """

    setup: float = 8.0
    ring: float = 60.0
    answer: float = 2.0


class BaresipSoftphone(BookedSoftphone):
    """One baresip. `domain` ("pbx.local:5060") is where numbers are called; without it, the account says where."""

    name = "baresip"
    capabilities = Capabilities(hang_up=True, states=States.FULL)

    def __init__(
        self,
        clock: Clock,
        tell: Tell,
        timers: Timers,
        *,
        port: int,
        host: str = "127.0.0.1",
        domain: str = "",
        patience: Patience = Patience(),
    ) -> None:
        super().__init__(clock, tell)
        self._timers = timers
        self._domain = domain
        self._patience = patience
        self._lock = Lock()
        self._asked: dict[str, SimpleQueue[dict[str, Any]]] = {}
        self._tokens = count(1)
        self._placed = False  # the live call was asked of the phone
        self._line: str | None = None  # baresip's id of the live call
        self._gone: deque[str] = deque(maxlen=64)  # ids of calls that are over
        self._ending: EndCause | None = None  # what our own hang-up will have meant
        self._waits: list[Cancel] = []
        self._frames = Netstrings()
        self._link = Link(host, port, Listener(self._on_open, self._on_bytes, self._on_lost, self._on_absent))
        self._link.start()

    def probe(self) -> Health:
        absent = Health(
            HealthState.NOT_RUNNING, N_("The phone program does not answer."), N_("Start the phone program.")
        )
        if not self._link.wait_up(self._patience.answer):
            return absent
        try:
            agents = self._ask_anew("reginfo")
        except CallManagerError:
            return absent
        if "@" not in str(agents.get("data", "")):
            return Health(
                HealthState.NOT_LOGGED_IN, N_("The phone has no account."), N_("Sign in to the phone program.")
            )
        return Health(HealthState.READY, N_("The phone is ready."))

    def _place(self, call_id: str, number: str) -> str:
        self._placed = False
        if not self._link.wait_up(self._patience.answer):
            raise phone_absent()
        self._forget()
        with self._lock:
            self._placed, self._line, self._ending = True, None, None
        answer = self._ask("dial", f"sip:{number}@{self._domain}" if self._domain else number)
        if not answer.get("ok"):
            raise phone_refused()
        self._book.move(call_id, CallState.DIALING)
        self._wait(self._patience.setup, call_id, CallState.DIALING, EndCause.UNREACHABLE)
        self._wait(self._patience.ring, call_id, CallState.RINGING, EndCause.NO_ANSWER)
        self._learn_line()
        return ""

    def _release(self, call_id: str) -> None:
        self._ending = self._ending or EndCause.HUNG_UP_HERE
        self._ask_anew("hangup")
        self._after(self._patience.answer, lambda: self._end(call_id, EndCause.HUNG_UP_HERE, Confidence.ASSUMED))

    def close_by_hand(self, call_id: str) -> None:
        super().close_by_hand(call_id)
        self._forget()

    def close(self) -> None:
        super().close()
        self._forget()
        self._link.close()

    # What is asked of the phone.

    def _ask(self, command: str, params: str = "") -> dict[str, Any]:
        """Send a command and wait for its answer. Raises Unavailable: phone_absent, phone_silent, dial_unconfirmed."""
        token = f"cm{next(self._tokens)}"
        answers = self._asked[token] = SimpleQueue()
        try:
            self._send(command, params, token)
            answer = answers.get(timeout=self._patience.answer)
        except Empty:
            raise (unconfirmed() if command == "dial" else phone_silent()) from None
        finally:
            del self._asked[token]
        if not answer:
            raise unconfirmed() if command == "dial" else phone_absent()
        return answer

    def _ask_anew(self, command: str) -> dict[str, Any]:
        """Ask, and once more if the connection broke meanwhile: for what does no harm when it is done twice."""
        try:
            return self._ask(command)
        except Unavailable as error:
            if error.code != "phone_absent" or not self._link.wait_up(self._patience.answer):
                raise
        return self._ask(command)

    def _send(self, command: str, params: str, token: str) -> None:
        self._link.send(to_netstring({"command": command, "params": params, "token": token}))

    def _learn_line(self) -> None:
        try:
            self._send("callstat", "", "line")
        except CallManagerError:
            return  # on_lost follows, and what it finds decides

    # What the phone says, on the connection's thread.

    def _on_open(self) -> None:
        self._frames = Netstrings()
        if self._book.live:
            self._learn_line()

    def _on_bytes(self, received: bytes) -> None:
        for message in self._frames.feed(received):
            if message.get("response"):
                self._on_answer(message)
            elif message.get("direction") == "outgoing":
                self._on_event(message)

    def _on_lost(self) -> None:
        """Wake who waits for an answer. The call may still be up: _on_open asks, or _on_absent knows."""
        for answers in list(self._asked.values()):
            answers.put({})

    def _on_absent(self) -> None:
        live = self._book.live
        if live and self._placed:
            self._end(live.call_id, EndCause.PHONE_LOST, Confidence.ASSUMED)

    def _on_answer(self, message: dict[str, Any]) -> None:
        token = str(message.get("token", ""))
        if token == "line":  # noqa: S105  # names the question, opens nothing
            self._on_line(str(message.get("data", "")))
        elif answers := self._asked.get(token):
            answers.put(message)

    def _on_line(self, status: str) -> None:
        live, found, peer = self._book.live, _ID.search(status), _PEER.search(status)
        if live is None or self._ending or live.state is CallState.REQUESTED:
            return
        if found and peer and self._is_ours(peer[1], live.number):
            self._line = self._line or found[1]
        elif self._line:
            self._end(live.call_id, EndCause.PHONE_LOST, Confidence.ASSUMED)

    def _on_event(self, event: dict[str, Any]) -> None:
        live, line = self._book.live, event.get("id")
        if live is None or not self._is_ours(str(event.get("peeruri", "")), live.number) or line in self._gone:
            return
        if line:
            self._line = self._line or str(line)
            if line != self._line:
                return
        kind = str(event.get("type", ""))
        if kind == "CALL_CLOSED":
            rang = live.state is CallState.RINGING
            self._end(live.call_id, self._ending or end_cause(str(event.get("param", "")), rang=rang))
        elif step := _STEPS.get(kind):
            self._book.move(live.call_id, step)

    def _is_ours(self, address: str, number: str) -> bool:
        return address.removeprefix("sip:").partition("@")[0] == number

    # Waits that end by themselves.

    def _wait(self, seconds: float, call_id: str, state: CallState, cause: EndCause) -> None:
        """Hang up when the call has not come further than `state` in `seconds`."""
        self._after(seconds, lambda: self._give_up(call_id, state, cause))

    def _give_up(self, call_id: str, state: CallState, cause: EndCause) -> None:
        live = self._book.live
        if live is None or live.call_id != call_id or live.state is not state:
            return
        self._ending = cause
        try:
            self._ask_anew("hangup")
        except CallManagerError:
            self._end(call_id, cause, Confidence.ASSUMED)
            return
        self._after(self._patience.answer, lambda: self._end(call_id, cause, Confidence.ASSUMED))

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        if self._book.live is None:
            return
        with self._lock:
            self._waits.append(self._timers.after(seconds, act))

    def _end(self, call_id: str, cause: EndCause, confidence: Confidence = Confidence.OBSERVED) -> None:
        live = self._book.live
        if live is not None and live.call_id == call_id:
            self._forget()
            self._book.end(call_id, cause, confidence)

    def _forget(self) -> None:
        with self._lock:
            waits, self._waits = self._waits, []
            if self._line:
                self._gone.append(self._line)
        for cancel in waits:
            cancel()


def end_cause(reason: str, *, rang: bool) -> EndCause:
    """What baresip's words at the end of a call mean; `rang`: it was ringing until then."""
    if status := _STATUS.match(reason):
        return _by_status(int(status[1]), rang=rang)
    lowered = reason.lower()
    if "reset by user" in lowered:
        return EndCause.HUNG_UP_HERE
    if any(words in lowered for words in _TIMED_OUT):
        return EndCause.UNREACHABLE
    return EndCause.HUNG_UP


def _by_status(status: int, *, rang: bool) -> EndCause:
    """RFC 3261, section 21."""
    if status in {486, 600}:
        return EndCause.BUSY
    if status in {403, 603}:
        return EndCause.REJECTED
    if status in {404, 410, 484, 604}:
        return EndCause.WRONG_NUMBER
    if status in {408, 480, 487, 503, 504}:
        return EndCause.NO_ANSWER if rang else EndCause.UNREACHABLE
    return EndCause.FAILED
