"""When the PC's clock was set: moves leases and states that are under way along with it, so that they end in time.

Leases, calls that are up or wait for what came of them, and the states of people. What is over keeps its stamps: of two
clocks nobody knows which was right. Which use of the time follows which clock: docs/decisions/0098.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from callmanager.domain.calls import moved_by
from callmanager.domain.clock import to_wire
from callmanager.domain.people import SYSTEM
from callmanager.server.agents.attendance import Attendance
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.changes.entities import CALL
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.leases.ledger import Leases
from callmanager.server.logs import get_log
from callmanager.server.storage.calls import calls, waits_for_disposition
from callmanager.server.storage.prepared import plain

_log = get_log("clock")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What lasts while the clock is set."""

    leases: Leases
    states: StateLedger
    attendance: Attendance

    def follow_clock(self, tx: Transaction, leap: timedelta) -> None:
        """The clock was set by `leap` while this server ran; called before anything is judged by the new time."""
        self._move(tx, leap)
        tx.after_commit(lambda: self.attendance.follow_clock(leap))
        _log.warning("set", seconds=round(leap.total_seconds(), 3), now=to_wire(tx.now))

    def begin(self, log: ChangeLog) -> None:
        """At a start: what an earlier run has dated later than now, or the end of which it has, is moved to now."""
        with log.write(SYSTEM, "job") as tx:
            self._move(tx, timedelta())

    def _move(self, tx: Transaction, leap: timedelta) -> None:
        self.leases.follow_clock(tx, leap)
        self.states.follow_clock(tx, leap)
        for call in _calls_under_way(tx):
            _move_call(tx, call, leap)


def _calls_under_way(tx: Transaction) -> list[Record]:
    """Few: one or two for each person at most."""
    statement = select(calls).where(or_(calls.c.ended_at.is_(None), waits_for_disposition()))
    return [Record(CALL, plain(row)) for row in tx.connection.execute(statement).mappings()]


def _move_call(tx: Transaction, call: Record, leap: timedelta) -> None:
    fields: Mapping[str, datetime] = moved_by(call.row, leap, now=tx.now)
    if fields:
        values: dict[str, Any] = dict(fields)
        tx.update(call, **values)
