"""Judges calls after the fact: which of them were made though a limit or a prohibition forbade them.

It replays the log of changes of a database in order and, at each call, counts by rules of its own, written anew from
the table of limits (docs/decisions/0128): nothing of the program is asked but its words for outcomes. It knows the
numbers that tests/random_calls.py uses, and no others.
"""

from __future__ import annotations

import json
import re
import sqlite3
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONES = {"506": "America/Costa_Rica", "52": "America/Mexico_City", "34": "Europe/Madrid"}
REACHED = {"CUELGA", "VOLVER_A_LLAMAR", "INTERESADO", "VENTA", "NO_INTERESADO", "SERVICIOS_ACTIVOS"}
NOES, SALE, WRONG = {"NO_INTERESADO", "SERVICIOS_ACTIVOS"}, "VENTA", "NUMERO_EQUIVOCADO"
MAY_OVERRIDE = {"manager", "admin"}
UNDIALLED, UNRUNG, UNTOLD = (
    {"failed", "cancelled"},
    {"busy", "wrong_number", "unreachable", "failed"},
    {"closed_by_agent", "unconfirmed", "phone_lost", "lost"},
)
DAYS_BACK = timedelta(days=2)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the office was told. `by_list`: whether a withdrawn entry of the do-not-call list counts as withdrawn."""

    total: int
    per_day: int
    per_24h: int
    line_day: int
    gap: timedelta
    rest_days: int
    callbacks_pass: bool
    by_list: bool = True


@dataclass
class Verdict:
    """How many calls were judged, and the ids of those that broke each rule."""

    calls: int = 0
    broken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def counts(self) -> dict[str, int]:
        return {rule: len(ids) for rule, ids in sorted(self.broken.items())}


def line_of(number: str) -> str:
    """The line that a number rings on: its digits with the country, without the extension."""
    digits = re.sub(r"\D", "", re.split(r"ext|x|;", number.lower())[0])
    digits = digits.removeprefix("00")
    if digits.startswith("521") and len(digits) == 13:
        return "52" + digits[3:]
    return "506" + digits if len(digits) == 8 else digits


def extension_of(number: str) -> str:
    parts = re.split(r"ext|x|;", number.lower())
    return re.sub(r"\D", "", parts[-1]) if len(parts) > 1 else ""


def judge(database: Path, limits: Limits, said_yes: Mapping[int, bool]) -> Verdict:
    """`said_yes`: of each call that a client made, whether it was asked and said yes."""
    court = Court(limits, said_yes)
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    by_call = {number for (number,) in connection.execute("SELECT set_id FROM changes WHERE entity = 'call'")}
    lines = connection.execute(
        "SELECT actor_id, set_id, seq, entity, record_id, kind, fields FROM changes ORDER BY seq"
    )
    for actor_id, set_id, court.seq, entity, record_id, kind, fields in lines:
        after = {name: values[1] for name, values in json.loads(fields).items()}
        court.hear(0 if set_id in by_call else actor_id, entity, record_id, kind, after)
    connection.close()
    return court.verdict


class Court:
    """What is known after so many changes of the log."""

    def __init__(self, limits: Limits, said_yes: Mapping[int, bool]) -> None:
        self.limits, self.said_yes, self.verdict, self.seq = limits, said_yes, Verdict(), 0
        self.users: dict[int, Row] = defaultdict(dict)
        self.contacts: dict[int, Row] = defaultdict(dict)
        self.calls: dict[int, Row] = {}
        self.entries: dict[int, Row] = defaultdict(dict)
        self.barred_lines: Counter[str] = Counter()
        self.barred_people: Counter[int] = Counter()
        self.on_line: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        self.of_contact: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        self.merged: dict[int, list[int]] = defaultdict(list)

    def hear(self, actor_id: int, entity: str, record_id: int, kind: str, after: Row) -> None:
        """One change. `actor_id`: who made it by hand; 0, it came with a call."""
        if entity == "user":
            self.users[record_id] |= after
        elif entity == "contact":
            self._hear_contact(actor_id, record_id, after)
        elif entity == "do_not_call":
            self._hear_entry(record_id, kind, after)
        elif entity == "call":
            self._hear_call(record_id, kind, after)

    def _hear_contact(self, actor_id: int, contact_id: int, after: Row) -> None:
        self.contacts[contact_id] |= after
        if "status" in after and self.users[actor_id].get("role") in MAY_OVERRIDE:
            self.contacts[contact_id]["opened"] = self.seq
        if after.get("merged_into"):
            self.merged[after["merged_into"]].append(contact_id)

    def _hear_entry(self, entry_id: int, kind: str, after: Row) -> None:
        entry = self.entries[entry_id]
        was = bool(entry.get("alive"))
        entry |= after
        entry["alive"] = kind != "deleted" if self.limits.by_list else True
        change = int(entry["alive"]) - int(was)
        if entry["kind"] == "person":
            self.barred_people[entry["contact_id"]] += change
        else:
            self.barred_lines[line_of(entry["number"])] += change

    def _hear_call(self, call_id: int, kind: str, after: Row) -> None:
        if kind != "created":
            self.calls[call_id] |= {**after, "seq": self.seq}
            return
        call = {"id": call_id, "campaign_id": None, "override_reason": "", "seq": self.seq, **after}
        call["at"] = datetime.fromisoformat(call["requested_at"])
        call["line"] = line_of(call["number"])
        if call["driver"] != "by_hand":
            self.verdict.calls += 1
            for rule in self._broken_by(call):
                self.verdict.broken[rule].append(call_id)
        self.calls[call_id] = call
        insort(self.on_line[call["line"]], (call["at"], call_id))
        insort(self.of_contact[call["contact_id"]], (call["at"], call_id))

    def _broken_by(self, call: Row) -> Iterator[str]:
        if call["override_reason"]:
            if self.users[call["user_id"]].get("role") not in MAY_OVERRIDE:
                yield "reason of an agent"
        else:
            yield from self._forbidden(call)
        if not self.said_yes.get(call["id"], False):
            yield from self._unasked(call)

    # what only a reason of a manager opens

    def _forbidden(self, call: Row) -> Iterator[str]:
        if self.barred_lines[call["line"]] > 0:
            yield "prohibited line"
        if self.barred_people[call["contact_id"]] > 0:
            yield "prohibited person"
        yield from self._too_often(call)
        words = self._words(call["contact_id"])
        if self._is_sold(call["contact_id"], words):
            yield "done for good"
        last = next((word for word in words if word["disposition"] in REACHED), None)
        rest = timedelta(days=self.limits.rest_days)
        if last is not None and last["disposition"] in NOES and call["at"] < last["at"] + rest:
            yield "rest after a no"

    def _too_often(self, call: Row) -> Iterator[str]:
        limits, now = self.limits, call["at"]
        promise = self._promise(call["contact_id"])
        if limits.callbacks_pass and promise is not None and promise["callback"] <= now:
            return
        place = ZoneInfo(next(zone for code, zone in ZONES.items() if call["line"].startswith(code)))
        today = now.astimezone(place).date()
        lately = list(self._dials(call["line"], now, since=now - DAYS_BACK))
        ours = [one for one in lately if one["campaign_id"] == call["campaign_id"]]
        if limits.per_day and sum(one["at"].astimezone(place).date() == today for one in ours) >= limits.per_day:
            yield "per day"
        if limits.per_24h and sum(one["at"] >= now - timedelta(hours=24) for one in ours) >= limits.per_24h:
            yield "per 24 h"
        if limits.line_day and sum(one["at"].astimezone(place).date() == today for one in lately) >= limits.line_day:
            yield "per line and day"

    def _is_sold(self, contact_id: int, words: list[Row]) -> bool:
        contact = self.contacts[contact_id]
        if contact["status"] == SALE:
            return True
        last = next((word for word in words if word["disposition"] in REACHED), None)
        if last is None or last["disposition"] != SALE:
            return False
        return bool(contact.get("opened", 0) <= last["seq"])

    # what is asked once

    def _unasked(self, call: Row) -> Iterator[str]:
        now, limits = call["at"], self.limits
        promise = self._promise(call["contact_id"])
        is_others = promise is not None and promise["user_id"] != call["user_id"]
        if promise is not None and is_others and now < promise["callback"] + timedelta(minutes=15):
            yield "another's callback"
        if promise is None and limits.total and self._tries(call) >= limits.total:
            yield "total"
        if (promise is None or promise["callback"] > now) and self._is_too_soon(call):
            yield "gap"
        if self._is_wrong(call):
            yield "wrong number"

    def _tries(self, call: Row) -> int:
        count = 0
        for one in self._dials(call["line"], call["at"], since=None):
            if one.get("disposition") in REACHED:
                break
            count += one["campaign_id"] == call["campaign_id"]
        return count

    def _is_too_soon(self, call: Row) -> bool:
        now, gap = call["at"], self.limits.gap
        family = set(self._family(call["contact_id"]))
        own = next(self._in_order((self.of_contact[one] for one in family), now), None)
        if own is not None:
            due = self._next_call(call["contact_id"])
            set_by_it = due is not None and own["at"] <= due
            if set_by_it and due > now and (not _has_rung(own) or own["at"] > now - gap):
                return True
            if not set_by_it and own["at"] > now - gap:
                return True
        near = (one for one in self._dials(call["line"], now, since=now - gap) if one["contact_id"] not in family)
        other = next(near, None)
        return other is not None and _has_rung(other) and other["at"] > now - gap

    def _is_wrong(self, call: Row) -> bool:
        family = set(self._family(call["contact_id"]))
        told = (one for one in self._in_order([self.on_line[call["line"]]], None) if one.get("disposition"))
        for one in told:
            if one["contact_id"] not in family:
                continue
            if one["disposition"] in REACHED:
                return False
            if one["disposition"] == WRONG and extension_of(one["number"]) == extension_of(call["number"]):
                return True
        return False

    # what is known

    def _promise(self, contact_id: int) -> Row | None:
        words = self._words(contact_id)
        last = words[0] if words else None
        if last is None or last["disposition"] not in REACHED or not last.get("callback_at"):
            return None
        callback = datetime.fromisoformat(last["callback_at"])
        return {**last, "callback": callback} if self._next_call(contact_id) == callback else None

    def _next_call(self, contact_id: int) -> Any:
        text = self.contacts[contact_id].get("next_call_at")
        return None if text is None else datetime.fromisoformat(text)

    def _family(self, contact_id: int) -> Iterator[int]:
        yield contact_id
        for other in self.merged[contact_id]:
            yield from self._family(other)

    def _words(self, contact_id: int) -> list[Row]:
        own = self._in_order((self.of_contact[one] for one in self._family(contact_id)), None)
        return [call for call in own if call.get("disposition")]

    def _dials(self, line: str, now: datetime, *, since: datetime | None) -> Iterator[Row]:
        for one in self._in_order([self.on_line[line]], now):
            if since is not None and one["at"] < since:
                return
            yield one

    def _in_order(self, lists: Iterable[list[tuple[datetime, int]]], now: datetime | None) -> Iterator[Row]:
        """Calls that were dialled, or may be yet, the last one first."""
        found = list(lists)
        merged = found[0] if len(found) == 1 else sorted(pair for one in found for pair in one)
        for at, call_id in reversed(merged):
            if (now is None or at <= now) and _may_have_dialled(self.calls[call_id]):
                yield self.calls[call_id]


def _may_have_dialled(call: Row) -> bool:
    heard = any(call.get(f"{step}_at") for step in ("dialing", "ringing", "connected"))
    return heard or call.get("cause") not in UNDIALLED


def _has_rung(call: Row) -> bool:
    if call.get("connected_at") or not call.get("cause"):
        return True
    if call["cause"] in UNTOLD:
        return call.get("disposition") not in {"OCUPADO", "NO_EXISTE", "SIN_RED"}
    return call["cause"] not in UNRUNG
