"""Keeps one bridge running: starts it when it is needed, ends it when it does not answer, asks one thing at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from callmanager.domain.errors import CallManagerError, Conflict, Invalid, Unavailable
from callmanager.softphones import MOST_SECONDS_OF_AN_ANSWER
from callmanager.softphones.interphone.bridge_process import BridgeProcess, Reply, Wire
from callmanager.softphones.interphone.profile import Profile
from callmanager.softphones.refusals import phone_bridge, phone_silent, phone_starting

_LIMIT_SECONDS = MOST_SECONDS_OF_AN_ANSWER - 1.5
"""For the bridge's answer; what is left is for ending a process that does not give one."""

START_SECONDS = 30.0
"""A program in one file unpacks itself first, and a scanner looks at it: that is not hanging. After each start that
took longer, the next one gets twice as long."""
_MOST_START_SECONDS = 240.0

_SHARE_TO_ASK = 0.3
"""Of the limit: so much must be left after a start, or the request waits for the next time."""

_RETRY_SECONDS = 1.0
"""With so much left, a bridge that died before it pressed anything is replaced at once."""

_KINDS = {"Invalid": Invalid, "Conflict": Conflict}


class BridgeKeeper:
    """The bridge of one phone. `limit` seconds for each request, the wait for another's request included."""

    def __init__(
        self,
        command: Sequence[str],
        profile: Profile,
        on_event: Callable[[Wire], None],
        on_end: Callable[[], None],
        limit: float = _LIMIT_SECONDS,
    ) -> None:
        self._command = tuple(command)
        self._open = {"ask": "open", "profile": profile.to_wire()}
        self._on_event = on_event
        self._tell_end = on_end
        self._limit = min(limit, _LIMIT_SECONDS)
        self._single = Lock()
        self._process: BridgeProcess | None = None
        self._started = 0.0
        self._patience = START_SECONDS
        self._opened = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        process = self._process
        return process.pid if process and process.is_up else None

    def ask(self, request: Mapping[str, Any]) -> Reply:
        """Ask the bridge, started first when it does not run. Raises Unavailable (phone_bridge, phone_silent, and
        phone_starting when its start leaves no time to ask)."""
        until = time.monotonic() + self._limit
        if not self._single.acquire(timeout=self._limit):
            raise phone_starting() if self._is_starting else phone_silent()
        try:
            reply = self._ask(self._running(until), request, until)
            if reply.answer is None and not reply.pressing and _left(until) > _RETRY_SECONDS:
                return self._ask(self._running(until), request, until)
            return reply
        finally:
            self._single.release()

    def _ask(self, process: BridgeProcess, request: Mapping[str, Any], until: float) -> Reply:
        if not self._opened:
            reply = process.ask(self._open, _left(until))
            raise_error(reply)
            self._opened = reply.answer is not None
        if not self._opened:
            return Reply(None)
        return process.ask(request, _left(until))

    @property
    def _is_starting(self) -> bool:
        process = self._process
        return process is not None and process.is_up and not process.wait_ready(0)

    def _running(self, until: float) -> BridgeProcess:
        """The process, ready to be asked, with enough time left for that: one that does not answer is ended, and has to
        start anew. One that still starts is let be, for a while."""
        if self._closed:
            raise phone_bridge()
        process = self._process
        if process and process.is_up and process.wait_ready(0):
            return process
        if process is None or not process.is_up:  # it may have died since the line above
            process = self._start()
        if not process.wait_ready(_left(until)):
            raise self._why_not_ready(process)
        if _left(until) < self._limit * _SHARE_TO_ASK:
            raise phone_starting()
        return process

    def _start(self) -> BridgeProcess:
        self._opened = False
        process = self._process = BridgeProcess(self._command, self._on_event, self._on_end)
        self._started = time.monotonic()
        return process

    def _why_not_ready(self, process: BridgeProcess) -> CallManagerError:
        if process.failure:
            return _to_error(process.failure)
        took_too_long = process.is_up and time.monotonic() - self._started > self._patience
        if process.is_up and not took_too_long:
            return phone_starting()
        if took_too_long:
            self._patience = min(2 * self._patience, _MOST_START_SECONDS)
        process.end()
        return phone_bridge()

    def tell(self, request: Mapping[str, Any]) -> None:
        """Tell a running bridge something that has no answer; without one it matters no more."""
        process = self._process
        if process and process.is_up:
            process.tell(request)

    def close(self) -> None:
        """End the bridge for good."""
        self._closed = True
        if self._process:
            self._process.end()

    def _on_end(self, ended: BridgeProcess) -> None:
        if ended is self._process and not self._closed:
            self._tell_end()


def raise_error(reply: Reply) -> None:
    """Raise the error that the bridge answered with, if it is one."""
    if reply.answer and reply.answer.get("error") is not None:
        raise _to_error(reply.answer["error"])


def _to_error(wire: Any) -> CallManagerError:
    """An error of the bridge; one that makes no sense is the bridge's own fault."""
    if not isinstance(wire, dict) or not isinstance(wire.get("code"), str) or not isinstance(wire.get("message"), str):
        return phone_bridge()
    params, fields = (wire[name] if isinstance(wire.get(name), dict) else {} for name in ("params", "fields"))
    kind = _KINDS.get(str(wire.get("kind")), Unavailable)
    error = kind(wire["code"], wire["message"], fields=fields)
    error.params = params
    return error


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())
