"""Whether a number may be dialled for a contact now, and which of its numbers is called next. Writes nothing.

Asked in the transaction that records the call: writers come one after the other, so that of two who want the same
number for two contacts the second sees the call of the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, not_, or_, select

from callmanager.domain.calls import has_rung, in_order
from callmanager.domain.clock import to_wire
from callmanager.domain.dispositions import NumberMark
from callmanager.domain.errors import Conflict
from callmanager.domain.office import Office
from callmanager.domain.permissions import visibility
from callmanager.domain.prohibitions import is_listed, lines_of
from callmanager.domain.texts import N_
from callmanager.server.actions.attempts import count_tries, on_line
from callmanager.server.actions.last_words import Promise, find_promise, read_words
from callmanager.server.actions.prohibitions import check_allowed
from callmanager.server.actions.zones import zone_of
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import BARE_LINE, WITH_EXTENSION, calls, may_have_dialled
from callmanager.server.storage.dispositions import dispositions
from callmanager.server.storage.families import OF_FAMILY
from callmanager.server.storage.prepared import find_prepared, list_prepared
from callmanager.server.storage.prohibitions import barred_lines
from callmanager.server.storage.tables import contacts, users

EXHAUSTED, PROMISED = "exhausted", "promised"
"""The marks of a line that the office calls no more unless asked (CALLS_IN_ALL), and of a contact that somebody else
has promised to call."""
_HIS_OWN = timedelta(minutes=15)
"""For so long after its time a promise is still that of whoever made it."""


def check_number(
    tx: Transaction, contact: Record, key: str, office: Office, *, anyway: bool = False, override_reason: str = ""
) -> str:
    """Let the actor dial the number with this phone key for the contact, or say why not.

    Answers the reason that the call's record must keep: `override_reason` where it opened the way, else "". Raises
    Forbidden (do_not_call, outside_hours, call_limit), Conflict (number_called_recently, number_marked; `anyway`
    passes both).
    """
    words = read_words(tx, contact.id)
    reason = check_allowed(tx, contact, key, office, words=words, override_reason=override_reason)
    if not anyway:
        promise = find_promise(contact, words)
        _check_mark(tx, contact, key)
        _check_promise(tx, contact, promise, office)
        _check_tries(tx, contact, key, office, promise)
        _check_recent(tx, contact, key, office, promise)
    return reason


def list_marks(tx: Transaction, contact_id: int, keys: Iterable[str]) -> dict[str, NumberMark]:
    """What calls have said of these numbers for this contact; a number of which nothing bad is known is left out.

    Of each number the latest word counts: somebody of the contact who was reached on it takes back what was said
    before, and whoever was reached anywhere takes back that it does not exist. A line exists or not with all its
    extensions; behind another extension is somebody else.
    """
    words = {key: list_prepared(tx.connection, WORDS_ON_NUMBER, on_line(key)) for key in keys}
    marks = {key: _mark(in_order(told, tx.now), contact_id, key) for key, told in words.items()}
    return {key: mark for key, mark in marks.items() if mark is not NumberMark.NONE}


def next_number(phones: Sequence[Mapping[str, Any]], unusable: Collection[str]) -> Mapping[str, Any] | None:
    """The first of a contact's phones whose key is not among the unusable ones, or None."""
    return next((phone for phone in phones if phone["key"] not in unusable), None)


def find_next_number(tx: Transaction, contact: Record, *, but: str = "") -> Mapping[str, Any] | None:
    """The contact's first phone that is neither listed nor marked, nor the one with the key `but`; or None."""
    phones = contact["phones"]
    keys = [phone["key"] for phone in phones]
    lines = barred_lines(tx.connection, lines_of(phones), tx.now)
    listed = [phone["key"] for phone in phones if is_listed(phone, lines)]
    return next_number(contact["phones"], {but, *listed, *list_marks(tx, contact.id, keys)})


def _check_promise(tx: Transaction, contact: Record, promise: Promise | None, office: Office) -> None:
    """Ask before somebody else's promise is kept. It is anybody's a quarter of an hour after its time."""
    if promise is None or promise.user_id == tx.actor.id or not promise.is_here or tx.now >= promise.at + _HIS_OWN:
        return
    place = zone_of(contact["phone_e164"], tx.now, office.zone, own=contact["zone"])
    raise Conflict(
        "number_marked",
        N_("%(by)s has promised to call this contact at %(at)s (time there). Call it all the same?"),
        fields={"id": contact.id, "mark": PROMISED, "by": promise.username, "at": to_wire(promise.at)},
        by=promise.username,
        at=f"{promise.at.astimezone(place):%d/%m/%Y %H:%M}",
    )


def _check_recent(tx: Transaction, contact: Record, key: str, office: Office, promise: Promise | None) -> None:
    """Ask before a line, or a contact on whichever line, is dialled again within the gap.

    What is due is no surprise: the contact itself is called when the time has come that its last outcome set. After a
    call that did not ring that time counts in place of the gap, be it sooner or later.
    """
    gap = office.limits.gap
    if not gap or (promise is not None and promise.at <= tx.now):
        return
    asked = {"b_contact_id": contact.id, "b_until": tx.now + gap}  # a clock that was ahead by years says nothing
    own = find_prepared(tx.connection, LATEST_OF_CONTACT, asked)
    if own is not None and not _is_due({**own, "next_call_at": contact["next_call_at"]}, gap, tx.now):
        raise Conflict(
            "number_called_recently",
            N_("%(by)s called this contact a short time ago. Call it all the same?"),
            fields=_told(tx, own, is_own=True),
            by=own["username"],
        )
    other = find_prepared(tx.connection, LATEST_CALL, {**asked, "b_since": tx.now - gap, **on_line(key)})
    if other is not None and (has_rung(other) or not _is_due(other, gap, tx.now)):
        raise Conflict(
            "number_called_recently",
            N_("%(by)s called this number for another contact a short time ago. Call it all the same?"),
            fields=_told(tx, other, is_own=False),
            by=other["username"],
        )


def _is_due(last: Mapping[str, Any], gap: timedelta, now: datetime) -> bool:
    """Whether the contact of this call may be called again, by the time that the call set or, without one, the gap."""
    at, due = last["requested_at"], last["next_call_at"]
    if due is not None and at <= due <= now:
        return True
    if due is not None and at <= due and not has_rung(last):
        return False
    return bool(at <= now - gap)


def _told(tx: Transaction, call: Mapping[str, Any], *, is_own: bool) -> dict[str, Any]:
    seen = visibility(tx.actor).covers_team(call["team_id"])
    return {
        "by": call["username"],
        "at": to_wire(call["requested_at"]),
        "contact_id": call["contact_id"] if seen else None,
        "same_contact": is_own,
    }


def _check_mark(tx: Transaction, contact: Record, key: str) -> None:
    mark = list_marks(tx, contact.id, [key]).get(key)
    fields = {"id": contact.id, "mark": mark}
    if mark is NumberMark.WRONG:
        raise Conflict(
            "number_marked",
            N_("A call found that this number belongs to somebody else. Call it all the same?"),
            fields=fields,
        )
    if mark is NumberMark.NONEXISTENT:
        raise Conflict(
            "number_marked", N_("A call found that this number does not exist. Call it all the same?"), fields=fields
        )


def _check_tries(tx: Transaction, contact: Record, key: str, office: Office, promise: Promise | None) -> None:
    """A mark among the others, so that windows which know nothing of limits ask, too. Nobody is given up while a
    promise to him is open."""
    most = 0 if promise is not None else office.limits.total
    if most and (tries := count_tries(tx, contact, key)) >= most:
        raise Conflict(
            "number_marked",
            N_("This line was called %(tries)s times without reaching anybody. Call it all the same?"),
            fields={"id": contact.id, "mark": EXHAUSTED, "tries": tries},
            tries=tries,
        )


def _mark(words: Iterable[Mapping[str, Any]], contact_id: int, key: str) -> NumberMark:
    """What the calls say, newest first."""
    exists = False
    for word in words:
        here = contact_id in (word["contact_id"], word["merged_into"])
        if word["contact"] and here:
            return NumberMark.NONE
        exists = exists or word["contact"]
        if word["number_mark"] == NumberMark.NONEXISTENT.value and not exists:
            return NumberMark.NONEXISTENT
        if word["number_mark"] == NumberMark.WRONG.value and here and word["key"] == key:
            return NumberMark.WRONG
    return NumberMark.NONE


def _latest(*which: ColumnElement[bool]) -> Select[Any]:
    """The latest of such calls that a phone dialled, or may still dial."""
    return (
        select(calls.c.contact_id, calls.c.requested_at, calls.c.connected_at, calls.c.cause, calls.c.disposition)
        .add_columns(users.c.username, contacts.c.team_id, contacts.c.next_call_at)
        .join(users, users.c.id == calls.c.user_id)
        .join(contacts, contacts.c.id == calls.c.contact_id)
        .where(*which, may_have_dialled())
        .order_by(calls.c.requested_at.desc(), calls.c.id.desc())
        .limit(1)
    )


_LATELY = and_(calls.c.requested_at > bindparam("b_since"), calls.c.requested_at < bindparam("b_until"))
# The time stands in both parts, so that the index on it is not taken for all calls of the hour. A contact that was
# merged into this one is no other.
LATEST_CALL = _latest(or_(and_(BARE_LINE, _LATELY), and_(WITH_EXTENSION, _LATELY)), not_(OF_FAMILY))
LATEST_OF_CONTACT = _latest(OF_FAMILY, calls.c.requested_at < bindparam("b_until"))
WORDS_ON_NUMBER = (
    select(calls.c.id, calls.c.requested_at, calls.c.contact_id, calls.c.key, contacts.c.merged_into)
    .add_columns(dispositions.c.contact, dispositions.c.number_mark)
    .join(dispositions, dispositions.c.code == calls.c.disposition)
    .join(contacts, contacts.c.id == calls.c.contact_id)
    .where(or_(BARE_LINE, WITH_EXTENSION))
    .where(or_(dispositions.c.contact.is_(True), dispositions.c.number_mark != ""))
)
