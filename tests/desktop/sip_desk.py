"""An agent at his PC whose phone is a real baresip, through the models of his window."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from callmanager.desktop.models.calling.call import Stage
from callmanager.domain.clock import SystemClock
from callmanager.softphones import Softphone, Tell
from callmanager.softphones.baresip import BaresipSoftphone, Patience
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.desktop.calling_desk import CallingDesk, SteadyTime
from tests.desktop.conftest import LiveOffice
from tests.softphones.conftest import QUICK, Laboratory


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
