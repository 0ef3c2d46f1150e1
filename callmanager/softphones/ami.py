"""Dials by Asterisk's manager interface: the exchange rings the agent's own phone, and then the number.

Works with any phone that is an extension of the exchange. The channel's id is chosen here, so every event of the call
is known by it. The password never travels: the login is by challenge (the exchange knows MD5 only).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event

from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, EndCause, Health, HealthState, States, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.calls import LiveCall
from callmanager.softphones.refusals import phone_absent, phone_refused, phone_silent, unconfirmed
from callmanager.softphones.wiring.frames import HeaderBlocks, to_header_block
from callmanager.softphones.wiring.links import Link, Listener

_ANSWER_SECONDS = 2.5
_RING_MILLISECONDS = "30000"
_SAFE = re.compile(r"[\w./@+-]{1,80}", re.ASCII)

_DIAL_ENDS = {
    "BUSY": EndCause.BUSY,
    "NOANSWER": EndCause.NO_ANSWER,
    "CHANUNAVAIL": EndCause.UNREACHABLE,
    "CONGESTION": EndCause.UNREACHABLE,
    "DONTCALL": EndCause.REJECTED,
    "TORTURE": EndCause.REJECTED,
}
"""DialStatus of the event DialEnd; ANSWER and CANCEL are told by other means."""

_HANGUP_CAUSES = {
    "1": EndCause.WRONG_NUMBER,
    "3": EndCause.UNREACHABLE,
    "17": EndCause.BUSY,
    "18": EndCause.NO_ANSWER,
    "19": EndCause.NO_ANSWER,
    "20": EndCause.UNREACHABLE,
    "21": EndCause.REJECTED,
    "28": EndCause.WRONG_NUMBER,
}
"""Cause of the event Hangup (ITU-T Q.850) for a call that nobody answered."""

_STATES = {"DialBegin": CallState.DIALING, "Hold": CallState.ON_HOLD, "Unhold": CallState.CONNECTED}


@dataclass(frozen=True, slots=True)
class AmiAccount:
    """How the exchange is reached: a user of manager.conf, and the agent's phone ("PJSIP/100").

    context: of the dial plan in which numbers are dialled ("from-internal"), whose rules are the exchange's.
    """

    host: str
    user: str
    secret: str
    phone: str
    context: str = "from-internal"
    port: int = 5038


class AmiSoftphone(BookedSoftphone):
    """One agent's extension."""

    name = "ami"
    capabilities = Capabilities(hang_up=True, states=States.FULL)

    def __init__(self, clock: Clock, tell: Tell, account: AmiAccount) -> None:
        super().__init__(clock, tell)
        if not all(map(_SAFE.fullmatch, (account.user, account.phone, account.context))):
            raise Invalid("phone_settings", N_("The phone's settings are not complete. Ask who installed it."))
        self._account = account
        self._asked: dict[str, SimpleQueue[Mapping[str, str]]] = {}
        self._ids = count(1)
        self._blocks = HeaderBlocks()
        self._signed_in = Event()
        self._refused = False
        self._hung_up_here = False
        self._originated = ""  # the action that asked for the live call; "" until it is sent
        self._reason: EndCause | None = None  # what DialEnd said, until the channel hangs up
        listener = Listener(self._on_open, self._on_bytes, self._on_lost, self._on_absent)
        self._link = Link(account.host, account.port, listener)
        self._link.start()

    def probe(self) -> Health:
        if not self._link.wait_up(_ANSWER_SECONDS):
            return Health(
                HealthState.NOT_RUNNING,
                N_("The exchange does not answer."),
                N_("Check its address, and that its manager interface is on."),
            )
        if not self._signed_in.wait(_ANSWER_SECONDS):
            state = HealthState.ACCESS_DENIED if self._refused else HealthState.UNKNOWN
            return Health(
                state, N_("The exchange refused the sign-in."), N_("Check user and password of the exchange.")
            )
        return Health(HealthState.READY, N_("The exchange is ready. It rings your phone first."))

    def _place(self, call_id: str, number: str) -> str:
        self._originated = ""
        if not (self._link.wait_up(_ANSWER_SECONDS) and self._signed_in.wait(_ANSWER_SECONDS)):
            raise phone_absent()
        self._hung_up_here, self._reason = False, None
        self._originated = f"originate-{next(self._ids)}"
        originate = {
            "ActionID": self._originated,
            "Channel": self._account.phone,
            "ChannelId": channel_id(call_id),
            "Context": self._account.context,
            "Exten": number,
            "Priority": "1",
            "Async": "true",
            "Timeout": _RING_MILLISECONDS,
            "CallerID": number,
        }
        if self._ask("Originate", originate, late=unconfirmed()).get("response") != "Success":
            raise phone_refused()
        return ""

    def _release(self, call_id: str) -> None:
        self._hung_up_here = True
        answer = self._ask("Hangup", {"Channel": channel_id(call_id)}, late=phone_silent())
        if answer.get("response") != "Success":
            self._book.end(call_id, EndCause.HUNG_UP_HERE, Confidence.ASSUMED)

    def close(self) -> None:
        super().close()
        self._link.close()

    def _ask(self, action: str, fields: Mapping[str, str], late: Unavailable) -> Mapping[str, str]:
        action_id = fields.get("ActionID") or f"cm{next(self._ids)}"
        answers = self._asked[action_id] = SimpleQueue()
        try:
            self._link.send(to_header_block(action, {"ActionID": action_id, **fields}))
            answer = answers.get(timeout=_ANSWER_SECONDS)
        except Empty:
            raise late from None
        finally:
            del self._asked[action_id]
        if not answer:
            raise late
        return answer

    # What the exchange says, on the connection's thread.

    def _on_open(self) -> None:
        self._blocks, self._refused = HeaderBlocks(), False
        self._say("Challenge", {"ActionID": "challenge", "AuthType": "MD5"})

    def _on_lost(self) -> None:
        self._signed_in.clear()
        for answers in list(self._asked.values()):
            answers.put({})
        self._on_absent()

    def _on_absent(self) -> None:
        """Without the exchange's word nothing is known of the call; it may go on for all we know."""
        live = self._book.live
        if live and self._originated:
            self._book.end(live.call_id, EndCause.PHONE_LOST, Confidence.ASSUMED)

    def _on_bytes(self, received: bytes) -> None:
        for block in self._blocks.feed(received):
            if "event" in block:
                self._on_event(block)
            elif block.get("actionid") == "challenge":
                self._sign_in(block.get("challenge", ""))
            elif block.get("actionid") == "login":
                self._on_login(block)
            elif answers := self._asked.get(block.get("actionid", "")):
                answers.put(block)

    def _sign_in(self, challenge: str) -> None:
        key = hashlib.md5((challenge + self._account.secret).encode(), usedforsecurity=False).hexdigest()
        self._say("Login", {"ActionID": "login", "AuthType": "MD5", "Username": self._account.user, "Key": key})

    def _on_login(self, block: Mapping[str, str]) -> None:
        self._refused = block.get("response") != "Success"
        if not self._refused:
            self._signed_in.set()

    def _say(self, action: str, fields: Mapping[str, str]) -> None:
        try:
            self._link.send(to_header_block(action, fields))
        except CallManagerError:
            return  # the connection broke meanwhile: it is made anew and asked again

    def _on_event(self, event: Mapping[str, str]) -> None:
        live = self._book.live
        if live is None:
            return
        kind, ours = event["event"], channel_id(live.call_id)
        if kind == "OriginateResponse":
            self._on_originated(live.call_id, event)
        elif event.get("destuniqueid") == ours:
            return  # the exchange rings the agent's own phone: nobody has been dialled yet
        elif ours in {event.get("uniqueid"), event.get("linkedid")}:
            self._on_step(live, kind, event, own=event.get("uniqueid") == ours)

    def _on_originated(self, call_id: str, event: Mapping[str, str]) -> None:
        """A failure names no channel, only the action."""
        if event.get("actionid") == self._originated and event.get("response") == "Failure":
            self._end(call_id, EndCause.FAILED)

    def _on_step(self, live: LiveCall, kind: str, event: Mapping[str, str], *, own: bool) -> None:
        ringing = event.get("dialstatus") in {"RINGING", "PROGRESS"} or event.get("channelstatedesc") == "Ringing"
        if kind == "DialEnd":
            self._on_dial_end(live.call_id, event.get("dialstatus", ""))
        elif kind == "Hangup" and own:
            self._on_hangup(live.call_id, live.state, event.get("cause", ""))
        elif kind in {"Newstate", "DialState"} and ringing and (not own or kind == "DialState"):
            self._book.move(live.call_id, CallState.RINGING)
        elif state := _STATES.get(kind):
            self._book.move(live.call_id, state)

    def _on_dial_end(self, call_id: str, status: str) -> None:
        if status == "ANSWER":
            self._book.move(call_id, CallState.CONNECTED)
        else:
            self._reason = _DIAL_ENDS.get(status)

    def _on_hangup(self, call_id: str, state: CallState, cause: str) -> None:
        """Before anybody is dialled it is the agent's own phone that was not answered: no attempt was made."""
        if state in {CallState.CONNECTED, CallState.ON_HOLD}:
            self._end(call_id, EndCause.HUNG_UP)
        elif state is CallState.REQUESTED:
            self._end(call_id, EndCause.FAILED)
        else:
            self._end(call_id, self._reason or _HANGUP_CAUSES.get(cause, EndCause.FAILED))

    def _end(self, call_id: str, cause: EndCause) -> None:
        self._book.end(call_id, EndCause.HUNG_UP_HERE if self._hung_up_here else cause)


def channel_id(call_id: str) -> str:
    """The id that the agent's channel gets in the exchange."""
    return "cm-" + re.sub(r"[^\w-]", "", call_id, flags=re.ASCII)[:60]
