"""Reads calls: one, a page of them newest first, those of a contact, and what a day of calls adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, not_, or_, select, true, union

from callmanager.domain.calls import CallResult, seconds_of, talk_of, wrap_up_of
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import Invalid, NotFound
from callmanager.domain.people import Actor
from callmanager.domain.permissions import visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import call_to_wire
from callmanager.server.changes.log import LOOK_BACK, visible_records
from callmanager.server.queries.contacts import family_ids
from callmanager.server.storage.calls import calls, waits_for_disposition
from callmanager.server.storage.dispositions import dispositions
from callmanager.server.storage.tables import users

_SEPARATOR = "_"

Place = Mapping[Any, Any]
"""A call's place among the others: its `requested_at` and `id`."""


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None means any. `team_id` limits to calls of that team, `is_open` to those that are up or
    wait for what came of them."""

    contact_ids: tuple[int, ...] | None = None
    user_id: int | None = None
    team_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls as they go on the wire, and the cursor of the next page when there is one."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


def get_call(connection: Connection, actor: Actor, call_id: int) -> dict[str, Any]:
    """One call. Raises NotFound also for one that the actor may not know of."""
    row = connection.execute(_calls().where(calls.c.id == call_id, _known_to(actor))).mappings().first()
    if row is None:
        raise NotFound(
            "call_not_found",
            N_("There is no such call, or you may not see it. Reload the list."),
            fields={"id": call_id},
        )
    return _shown(row)


def list_calls(connection: Connection, actor: Actor, wanted: CallFilter, *, limit: int, cursor: str | None) -> CallPage:
    """A page of calls that the actor may know of, newest first. Raises Invalid for a cursor that is not ours."""
    place = None if cursor is None else _read_cursor(cursor)
    named = _named(wanted, place)
    floor = None if visibility(actor).every_team or wanted.is_open else _reach(connection, named)
    if floor is not None:
        named = [*_named(replace(wanted, since=floor["requested_at"]), place), not_(_beyond(floor))]
    statement = _calls().where(_known_to(actor), *named)
    rows = connection.execute(_newest_first(statement).limit(limit)).mappings().all()
    last = rows[-1] if len(rows) == limit else floor
    return CallPage([_shown(row) for row in rows], None if last is None else _write_cursor(last))


def _named(wanted: CallFilter, place: Place | None) -> list[ColumnElement[bool]]:
    """The conditions; of two that bound the time from above only the nearer one, since SQLite enters by either."""
    if place is None:
        return _conditions(wanted)
    if wanted.until is not None and place["requested_at"] < wanted.until:
        wanted = replace(wanted, until=None)
    return [*_conditions(wanted), _beyond(place)]


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(calls.c.requested_at.desc(), calls.c.id.desc())


def _reach(connection: Connection, named: Sequence[ColumnElement[bool]]) -> RowMapping | None:
    """The last call at which a page looks for those that may be known of; None when there are fewer."""
    looked = _newest_first(select(calls.c.requested_at, calls.c.id).where(*named))
    return connection.execute(looked.offset(LOOK_BACK - 1).limit(1)).mappings().first()


def _beyond(place: Place) -> ColumnElement[bool]:
    at, number = place["requested_at"], place["id"]
    return and_(calls.c.requested_at <= at, or_(calls.c.requested_at < at, calls.c.id < number))


def count_calls(connection: Connection, actor: Actor, wanted: CallFilter) -> int:
    """How many calls the filter finds."""
    found = _calls().where(_known_to(actor), *_conditions(wanted)).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def list_calls_of_contact(
    connection: Connection, actor: Actor, contact_id: int, *, limit: int, cursor: str | None
) -> CallPage:
    """The calls of a contact and of those merged into it. Raises NotFound."""
    family = family_ids(connection, visibility(actor), contact_id)
    return list_calls(connection, actor, CallFilter(contact_ids=tuple(family)), limit=limit, cursor=cursor)


def sum_day(connection: Connection, user_id: int, start: datetime, end: datetime) -> dict[str, Any]:
    """What a person's calls that began between two instants add up to; measured and estimated talk apart."""
    mine = (calls.c.user_id == user_id, calls.c.requested_at >= start, calls.c.requested_at < end)
    rows = [dict(row) for row in connection.execute(select(calls).where(*mine)).mappings()]
    reached = set(connection.execute(select(dispositions.c.code).where(dispositions.c.contact.is_(True))).scalars())
    results = Counter(row["result"] for row in rows if row["result"] is not None)
    named = Counter(row["disposition"] for row in rows if row["disposition"] is not None)
    return {
        "attempts": sum(row["counted"] for row in rows),
        "contacts": sum(row["disposition"] in reached for row in rows),
        "answered": results[CallResult.ANSWERED.value],
        "talk_seconds": _total(talk_of(row) for row in rows if not row["estimated"]),
        "talk_seconds_estimated": _total(talk_of(row) for row in rows if row["estimated"]),
        "wrap_up_seconds": _total(wrap_up_of(row) for row in rows),
        "results": dict(sorted(results.items())),
        "dispositions": dict(sorted(named.items())),
    }


def _total(spans: Iterable[timedelta | None]) -> float:
    return seconds_of(sum((span for span in spans if span is not None), timedelta())) or 0.0


def _calls() -> Select[Any]:
    return select(calls, users.c.username).join(users, users.c.id == calls.c.user_id)


def _known_to(actor: Actor) -> ColumnElement[bool]:
    """His own calls, and those of contacts that were his to see when they were called: by the scope they bore, as the
    log of changes tells them (changes/history.py)."""
    sight = visibility(actor)
    his = calls.c.user_id + 0 == actor.id  # no way in: SQLite would read every call that he ever made
    return true() if sight.every_team else or_(his, visible_records(sight, calls.c.team_id))


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if wanted.contact_ids is not None:
        given.append(calls.c.contact_id.in_(wanted.contact_ids))
    if wanted.user_id is not None:
        given.append(calls.c.user_id == wanted.user_id)
    if wanted.team_id is not None:
        given.append(calls.c.team_id == wanted.team_id)
    if wanted.since is not None:
        given.append(calls.c.requested_at >= wanted.since)
    if wanted.until is not None:
        given.append(calls.c.requested_at < wanted.until)
    if wanted.is_open:
        given.append(calls.c.id.in_(_OPEN))
    return given


# Few at any time, each part with an index of its own.
_OPEN = union(select(calls.c.id).where(calls.c.ended_at.is_(None)), select(calls.c.id).where(waits_for_disposition()))


def _shown(row: RowMapping) -> dict[str, Any]:
    return {**call_to_wire(dict(row)), "user": row["username"]}


def _write_cursor(row: Place) -> str:
    """`20261122T105331123Z_17`: plain characters, which a link needs not quote."""
    return to_wire(row["requested_at"]).translate(str.maketrans("", "", "-:.")) + f"{_SEPARATOR}{row['id']}"


def _read_cursor(text: str) -> Place:
    instant, _, number = text.partition(_SEPARATOR)
    try:
        if len(instant) != 19 or not number.isascii() or not number.isdecimal() or len(number) > 15:
            raise ValueError(text)
        day, time = instant[:8], instant[9:]
        spelt = f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:6]}.{time[6:]}"
        return {"requested_at": from_wire(spelt), "id": int(number)}
    except ValueError:
        raise Invalid(
            "cursor_invalid",
            N_("This cursor is not from this list. Start again without a cursor."),
            fields={"field": "cursor"},
        ) from None
