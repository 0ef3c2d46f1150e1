"""What the other side saw of a real SIP call, and whether the server's record of the call says the same."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from callmanager.domain.clock import from_wire
from callmanager.softphones.wiring.frames import Netstrings
from tests.sip_lab.peers import LabPeer, SipLine
from tests.sip_lab.processes import LOOPBACK

TOLERANCE_SECONDS = 0.3
"""Between an instant as recorded and the message on the line that it is of; one PC, one clock."""
MESSAGES = {"dialing_at": "INVITE", "ringing_at": "180", "connected_at": "200"}
"""The instants of a record in their order, each with the message about the INVITE that brings it."""
SILENCE_SECONDS, MOST_SILENCE_SECONDS = 1, 3.0
"""After so long without a voice a phone of the laboratory is told to take the other side for dead; it looks now and
then."""


WRITTEN_SECONDS = 5.0


def list_messages(peer: LabPeer) -> list[SipLine]:
    """What the peer saw of the newest of its calls; an older one may still be heard of after it."""
    lines = peer.lines()
    newest = list(dict.fromkeys(line.call_id for line in lines))[-1:]
    return [line for line in lines if line.call_id in newest]


def find_message(lines: Iterable[SipLine], about: str, what: str) -> SipLine | None:
    """The first of its kind."""
    return next((line for line in lines if (line.about, line.what) == (about, what)), None)


def said(lines: Iterable[SipLine], about: str, what: str) -> datetime:
    """When the first message of that kind was seen."""
    found = find_message(lines, about, what)
    assert found is not None, (about, what)
    return found.at


def said_to(peer: LabPeer, about: str, what: str) -> datetime:
    """The same of a peer, which writes a message down a moment after it was sent."""
    until = time.monotonic() + WRITTEN_SECONDS
    while find_message(peer.lines(), about, what) is None and time.monotonic() < until:
        time.sleep(0.01)
    return said(peer.lines(), about, what)


def assert_close(recorded: datetime, at: datetime) -> None:
    """An instant as recorded, and when it was."""
    assert abs((recorded - at).total_seconds()) <= TOLERANCE_SECONDS, (recorded, at)


def check_end(call: dict[str, Any], cause: str, result: str, *, known: int, estimated: bool = False) -> None:
    """A record that waits for its outcome. `known`: how many of dialling, ringing and connected it came to."""
    assert (call["state"], call["cause"], call["result"], call["estimated"]) == ("ended", cause, result, estimated)
    assert [call[name] is not None for name in MESSAGES] == [place < known for place in range(3)]
    assert call["needs_disposition"]
    instants = [from_wire(call[name]) for name in ("requested_at", *list(MESSAGES)[:known], "ended_at")]
    assert instants == sorted(instants)


def check_by_log(call: dict[str, Any], lines: Iterable[SipLine], ended_at: datetime) -> None:
    """Every instant of a record, and the time they talked, are what the other side saw of this call."""
    lines = list(lines)
    for name, what in MESSAGES.items():
        seen = find_message(lines, "INVITE", what)
        assert (call[name] is not None) == (seen is not None), name
        if seen is not None:
            assert_close(from_wire(call[name]), seen.at)
    assert_close(from_wire(call["ended_at"]), ended_at)
    if call["connected_at"] is not None:
        talked = (ended_at - said(lines, "INVITE", "200")).total_seconds()
        assert abs(call["talk_seconds"] - talked) <= TOLERANCE_SECONDS


def check_death(call: dict[str, Any], killed: datetime) -> None:
    """The record of a call whose other side died: its silence ended it."""
    check_end(call, call["cause"], "answered", known=3)
    assert call["cause"] in ("hung_up", "unreachable")
    silence = (from_wire(call["ended_at"]) - killed).total_seconds()
    assert SILENCE_SECONDS - TOLERANCE_SECONDS <= silence <= MOST_SILENCE_SECONDS


class PeerTold:
    """What a baresip says of its own side of a call, with the instant at which it said it."""

    def __init__(self, control_port: int) -> None:
        self._events: list[tuple[str, datetime]] = []
        self._changed = threading.Condition()
        self._socket = socket.create_connection((LOOPBACK, control_port), 5)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def at(self, kind: str) -> datetime:
        """When it said the first event of that kind."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._find(kind), 10), f"no {kind} in {self._events}"
            found = self._find(kind)
        assert found is not None
        return found

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _find(self, kind: str) -> datetime | None:
        return next((at for one, at in self._events if one == kind), None)

    def _read(self) -> None:
        frames = Netstrings()
        with suppress(OSError):
            while received := self._socket.recv(65_536):
                now = datetime.now(UTC)
                with self._changed:
                    self._events += [(str(one.get("type")), now) for one in frames.feed(received)]
                    self._changed.notify_all()
