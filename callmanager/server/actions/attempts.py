"""How often a line was dialled, and which of the office's limits that reaches. Read from the calls; writes nothing.

A line is a number whatever its extension: all of them ring at one place. What no phone dialled never counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import or_, select

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Forbidden
from callmanager.domain.office import CallLimits, Office
from callmanager.domain.phones import extensions_of, line_of
from callmanager.domain.texts import N_
from callmanager.domain.wall_times import span_of_day
from callmanager.server.actions.last_words import Promise
from callmanager.server.actions.zones import zone_of
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import BARE_LINE, WITH_EXTENSION, calls, may_have_dialled
from callmanager.server.storage.dispositions import dispositions
from callmanager.server.storage.prepared import list_prepared

MOST_READ = 500
"""Dials of one line that are looked at, the latest ones; no limit is above a hundred."""

Dial = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that this line has reached: which one, how high it is, until when it holds and on whose clock."""

    limit: str
    most: int
    until: datetime
    zone: tzinfo

    @property
    def fields(self) -> dict[str, Any]:
        return {"limit": self.limit, "most": self.most, "until": to_wire(self.until)}

    def refusal(self, fields: dict[str, Any]) -> Forbidden:
        """The error; `fields` are added to it."""
        until = f"{self.until.astimezone(self.zone):%d/%m/%Y %H:%M}"
        how: dict[str, Any] = {"fields": {**fields, **self.fields}, "most": self.most, "until": until}
        if self.limit == "day":
            return Forbidden(
                "call_limit",
                N_(
                    "This campaign has called this line %(most)s times today, as often as the office lets. It may "
                    "again from %(until)s (time there). A manager may call now, and says why."
                ),
                **how,
            )
        if self.limit == "24h":
            return Forbidden(
                "call_limit",
                N_(
                    "This campaign has called this line %(most)s times within 24 hours, as often as the office lets. "
                    "It may again from %(until)s (time there). A manager may call now, and says why."
                ),
                **how,
            )
        return Forbidden(
            "call_limit",
            N_(
                "This line has been called %(most)s times today, as often as the office lets for all campaigns "
                "together. It may be again from %(until)s (time there). A manager may call now, and says why."
            ),
            **how,
        )


def find_reached(
    tx: Transaction, contact: Record, phone: Mapping[str, Any], office: Office, promise: Promise | None
) -> Reached | None:
    """The limit of a day that forbids this call for the longest; None when none does."""
    limits = office.limits
    if not (limits.per_day or limits.per_24h or limits.line_day):
        return None
    if limits.callbacks_pass and promise is not None and promise.at <= tx.now:
        return None
    zone = zone_of(phone["e164"], tx.now, office.zone, own=contact["zone"])
    # what lies ahead was stamped by a clock that was ahead: of which day it was, nobody knows
    dials = [dial for dial in _dials(tx, phone["key"]) if dial["requested_at"] <= tx.now]
    reached = _reached(dials, contact["campaign_id"], limits, tx.now, zone)
    return max(reached, key=lambda found: found.until, default=None)


def count_tries(tx: Transaction, contact: Record, key: str) -> int:
    """How often this line was dialled for the contact's campaign since somebody was last reached there."""
    count = 0
    for dial in _dials(tx, key):
        if dial["contact"]:
            break
        count += dial["campaign_id"] == contact["campaign_id"]
    return count


def on_line(key: str) -> dict[str, str]:
    """What statements about the calls of a line are asked with."""
    line = line_of(key)
    first, after = extensions_of(line)
    return {"b_line": line, "b_first": first, "b_after": after}


def _reached(
    dials: Sequence[Dial], campaign_id: int | None, limits: CallLimits, now: datetime, zone: tzinfo
) -> Iterator[Reached]:
    today = now.astimezone(zone).date()
    begun, over = span_of_day(today, zone)
    ours = [dial for dial in dials if dial["campaign_id"] == campaign_id]
    if limits.per_day and _count_since(ours, begun) >= limits.per_day:
        yield Reached("day", limits.per_day, over, zone)
    if limits.per_24h and _count_since(ours, now - timedelta(hours=24)) >= limits.per_24h:
        yield Reached("24h", limits.per_24h, ours[limits.per_24h - 1]["requested_at"] + timedelta(hours=24), zone)
    if limits.line_day and _count_since(dials, begun) >= limits.line_day:
        yield Reached("line_day", limits.line_day, over, zone)


def _count_since(dials: Sequence[Dial], instant: datetime) -> int:
    return sum(dial["requested_at"] >= instant for dial in dials)


def _dials(tx: Transaction, key: str) -> list[dict[str, Any]]:
    return list_prepared(tx.connection, DIALS_OF_LINE, on_line(key))


DIALS_OF_LINE = (
    select(calls.c.requested_at, calls.c.campaign_id, dispositions.c.contact)
    .outerjoin(dispositions, dispositions.c.code == calls.c.disposition)
    .where(
        or_(BARE_LINE, WITH_EXTENSION),
        may_have_dialled(),
    )
    .order_by(calls.c.requested_at.desc(), calls.c.id.desc())
    .limit(MOST_READ)
)
