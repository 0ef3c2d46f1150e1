"""An office whose PC has a wrong clock for a while: it is set by hand, and the server is started anew in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callmanager.domain.clock import from_wire
from callmanager.server.app import build_app, build_services
from callmanager.server.clocks import WatchedClock
from callmanager.settings import load_settings
from tests.lease_office import HandClock
from tests.web import QUICK, Web

RIGHT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Costa Rica
AHEAD = {"1 h": timedelta(hours=1), "1 d": timedelta(days=1), "2 years": timedelta(days=730)}
SHIFTS = {**AHEAD, "2 years behind": timedelta(days=-730)}
AGENT, OTHER = "agent-norte", "lead-norte"


class ShiftedOffice:
    """`hand` moves clock and stopwatch; `right()` is what a right clock shows."""

    def __init__(self, folder: Path) -> None:
        self.hand = HandClock(RIGHT)
        self.web = Web(folder, clock=WatchedClock(self.hand, self.hand.monotonic))
        self._start, self._passed = RIGHT, self.hand.stopwatch

    def right(self) -> datetime:
        return self._start + timedelta(seconds=self.hand.stopwatch - self._passed)

    def set_clock(self, shift: timedelta = timedelta()) -> None:
        """Somebody, or the time service, sets the clock: `shift` from the right one."""
        self.hand.at = self.right() + shift

    def restart(self, shift: timedelta = timedelta()) -> None:
        """The server stops; half a minute later one is started on the same database by a clock that is `shift` off."""
        self.web.close()
        self.hand.pass_time(30)
        self.set_clock(shift)
        settings = load_settings(self.web.folder, {**QUICK, **self.web.settings}, {})
        self.web.services = build_services(settings, clock=WatchedClock(self.hand, self.hand.monotonic))
        self.web.client = build_app(self.web.services).test_client()

    def contact(self, **fields: Any) -> dict[str, Any]:
        return self.web.create(team_id=self.web.teams["Norte"], **{"phone": "8811-0001", **fields})

    def contact_now(self, contact_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.web.ask("boss", "GET", f"/contacts/{contact_id}").json
        return found

    def lock(self, who: str, contact: dict[str, Any], purpose: str = "edit") -> Any:
        return self.web.ask(who, "PUT", f"/contacts/{contact['id']}/lock", json={"purpose": purpose})

    def dial(self, contact: dict[str, Any]) -> Any:
        """The agent takes the contact and asks to call it."""
        token = self.lock(AGENT, contact, "call").json["token"]
        body = {"contact_id": contact["id"], "lease_token": token, "number": contact["phone"], "driver": "simulated"}
        return self.web.ask(AGENT, "POST", "/calls", json=body)

    def tell(self, call: dict[str, Any], state: str, **how: Any) -> dict[str, Any]:
        step = {"state": state, "confidence": "observed", **how}
        answer = self.web.ask(AGENT, "PATCH", f"/calls/{call['id']}", json={"steps": [step]})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
        return told

    def dispose(self, call: dict[str, Any], code: str, **how: Any) -> dict[str, Any]:
        answer = self.web.ask(AGENT, "POST", f"/calls/{call['id']}/disposition", json={"disposition": code, **how})
        assert answer.status_code == 200, answer.text
        concluded: dict[str, Any] = answer.json
        return concluded

    def call(self, contact: dict[str, Any], code: str, *, talk: float | None = None) -> dict[str, Any]:
        """A whole call, and what came of it."""
        call = self.dial(contact).json
        self.tell(call, "dialing")
        if talk is not None:
            self.tell(call, "connected")
            self.hand.pass_time(talk)
        self.tell(call, "ended", cause="hung_up" if talk is not None else "no_answer")
        return self.dispose(call, code, anyway=True)

    def is_right(self, wire: str | None, *, within: float = 1.0) -> bool:
        """Whether an instant of the wire is the right present."""
        return wire is not None and abs((from_wire(wire) - self.right()).total_seconds()) <= within


@contextmanager
def shifted_office(folder: Path) -> Iterator[ShiftedOffice]:
    office = ShiftedOffice(folder)
    try:
        yield office
    finally:
        office.web.services.imports.close()
        office.web.close()
