"""An agent at his PC whose phone is a real baresip, and what the server and the other side each have of a call."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from callmanager.desktop.models.calling.call import Stage
from callmanager.domain.clock import SystemClock, from_wire
from callmanager.softphones import Softphone, Tell
from callmanager.softphones.baresip import BaresipSoftphone, Patience
from callmanager.softphones.lab.peers import LabPeer, SipLine
from callmanager.softphones.lab.processes import LOOPBACK
from callmanager.softphones.wiring.frames import Netstrings
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.desktop.calling_desk import CallingDesk, SteadyTime
from tests.desktop.conftest import LiveOffice
from tests.softphones.conftest import QUICK, Laboratory

TOLERANCE_SECONDS = 0.3
"""Between an instant on the server and the message on the line that it is of; one PC, one clock."""


class RunningTime(SteadyTime):
    """The clocks of this PC as they are: nothing moves them."""

    def now(self) -> datetime:
        return SystemClock().now()

    def seconds(self) -> float:
        return time.monotonic()


class SipDesk(CallingDesk):
    """A desk with the phone of the laboratory, which calls `domain`."""

    def __init__(self, office: LiveOffice, who: str, laboratory: Laboratory, domain: str, patience: Patience) -> None:
        self._port, self._domain, self._patience = laboratory.phone.control_port, domain, patience
        super().__init__(office, who, laboratory.folder / "desk", driver="baresip", moved=RunningTime())

    def _build(self, _name: str, _options: Mapping[str, str], tell: Tell) -> Softphone:
        made = BaresipSoftphone(
            SystemClock(), tell, ThreadTimers(), port=self._port, domain=self._domain, patience=self._patience
        )
        self.phones.append(made)
        return made

    def dial(self, contact_id: int) -> int:
        """Call a contact until the phone has told something, were it that all is over; returns the call's id."""
        self.open(contact_id)
        self.call.dial()
        self.until(lambda: self.call.current is not None and self.call.current.steps)
        assert self.call.current is not None
        return self.call.current.call_id

    def until_ended(self) -> None:
        """Until the call is over here and the server has heard everything."""
        self.until(lambda: self.call.stage is Stage.OUTCOME and not self.waiting)

    def until_on_server(self, call_id: int, state: str) -> dict[str, Any]:
        self.until(lambda: self.record(call_id)["state"] == state)
        return self.record(call_id)

    def close(self) -> None:
        softphone = self.calling.phone.softphone
        super().close()
        if softphone is not None:
            softphone.close()  # again: the window's own closing may have come too late for its threads


@contextmanager
def sip_desk(
    office: LiveOffice, who: str, laboratory: Laboratory, domain: str, patience: Patience = QUICK
) -> Iterator[SipDesk]:
    """`who` is hired and signs in; the phone of the laboratory must run."""
    office.hire(who)
    desk = SipDesk(office, who, laboratory, domain, patience)
    try:
        desk.start()
        desk.until(lambda: desk.calling.phone.is_ready)
        yield desk
    finally:
        desk.close()


def said(peer: LabPeer, about: str, what: str) -> SipLine:
    """The first message of that kind that the peer saw."""
    return next(line for line in peer.lines() if (line.about, line.what) == (about, what))


def assert_close(recorded: str | None, at: datetime) -> None:
    """An instant as the server has it, and when it was."""
    assert recorded is not None
    assert abs((from_wire(recorded) - at).total_seconds()) <= TOLERANCE_SECONDS, (recorded, at)


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
