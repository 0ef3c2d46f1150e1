"""Whether a number may be dialled for a contact now, and which of its numbers comes next. Writes nothing.

Asked in the transaction that records the call: writers come one after the other, so that of two who want the same
number for two contacts the second sees the call of the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, literal, or_, select

from callmanager.domain.calls import NOT_DIALLED, in_order
from callmanager.domain.clock import to_wire
from callmanager.domain.dispositions import NumberMark
from callmanager.domain.errors import Conflict
from callmanager.domain.permissions import visibility
from callmanager.domain.texts import N_
from callmanager.server.actions.contact_fields import listed_keys
from callmanager.server.actions.work.prohibitions import check_allowed
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.prepared import find_prepared, list_prepared
from callmanager.server.storage.tables import contacts, users
from callmanager.server.storage.work.calls import calls
from callmanager.server.storage.work.dispositions import dispositions

RECENT = timedelta(minutes=60)


def check_number(tx: Transaction, contact: Record, key: str, *, anyway: bool = False, override_reason: str = "") -> str:
    """Let the actor dial the number with this phone key for the contact, or say why not.

    Answers the reason that the call's record must keep: `override_reason` where it opened the way, else "". Raises
    Forbidden (do_not_call, outside_hours), Conflict (number_called_recently, number_marked; `anyway` passes both).
    """
    reason = check_allowed(tx, contact, key, override_reason)
    if not anyway:
        _check_recent(tx, contact, key)
        _check_mark(tx, contact, key)
    return reason


def list_marks(tx: Transaction, contact_id: int, keys: Iterable[str]) -> dict[str, NumberMark]:
    """What calls have said of these numbers for this contact; a number of which nothing bad is known is left out.

    Of each number the latest word counts: somebody of the contact who was reached on it takes back what was said
    before, and whoever was reached anywhere takes back that it does not exist.
    """
    words = {key: list_prepared(tx.connection, WORDS_ON_NUMBER, {"b_key": key}) for key in keys}
    marks = {key: _mark(in_order(told, tx.now), contact_id) for key, told in words.items()}
    return {key: mark for key, mark in marks.items() if mark is not NumberMark.NONE}


def next_number(phones: Sequence[Mapping[str, Any]], unusable: Collection[str]) -> Mapping[str, Any] | None:
    """The first of a contact's phones whose key is not among the unusable ones, or None."""
    return next((phone for phone in phones if phone["key"] not in unusable), None)


def find_next_number(tx: Transaction, contact: Record, *, but: str = "") -> Mapping[str, Any] | None:
    """The contact's first phone that is neither listed nor marked, nor the one with the key `but`; or None."""
    keys = [phone["key"] for phone in contact["phones"]]
    return next_number(contact["phones"], {but, *listed_keys(tx, keys), *list_marks(tx, contact.id, keys)})


def _check_recent(tx: Transaction, contact: Record, key: str) -> None:
    span = {"b_since": tx.now - RECENT, "b_until": tx.now + RECENT}  # a clock that was ahead by years says nothing
    asked = {"b_key": key, "b_contact_id": contact.id, **span}
    found = find_prepared(tx.connection, LATEST_CALL, asked)
    if found is None:
        return
    seen = visibility(tx.actor).covers_team(found["team_id"])
    raise Conflict(
        "number_called_recently",
        N_("%(by)s called this number for another contact a short time ago. Call it all the same?"),
        fields={
            "by": found["username"],
            "at": to_wire(found["requested_at"]),
            "contact_id": found["contact_id"] if seen else None,
        },
        by=found["username"],
    )


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


def _mark(words: Iterable[Mapping[str, Any]], contact_id: int) -> NumberMark:
    """What the calls say, newest first."""
    exists = False
    for word in words:
        here = contact_id in (word["contact_id"], word["merged_into"])
        if word["contact"] and here:
            return NumberMark.NONE
        exists = exists or word["contact"]
        if word["number_mark"] == NumberMark.NONEXISTENT.value and not exists:
            return NumberMark.NONEXISTENT
        if word["number_mark"] == NumberMark.WRONG.value and here:
            return NumberMark.WRONG
    return NumberMark.NONE


def _latest() -> Select[Any]:
    """The latest call of a number for another contact that a phone dialled, or may still dial.

    A contact that was merged into this one is no other.
    """
    reached_the_phone = or_(
        calls.c.cause.is_(None),
        calls.c.cause.not_in([literal(cause.value) for cause in sorted(NOT_DIALLED)]),
        calls.c.dialing_at.is_not(None),
        calls.c.ringing_at.is_not(None),
        calls.c.connected_at.is_not(None),
    )
    return (
        select(calls.c.contact_id, calls.c.requested_at, users.c.username, contacts.c.team_id)
        .join(users, users.c.id == calls.c.user_id)
        .join(contacts, contacts.c.id == calls.c.contact_id)
        .where(calls.c.key == bindparam("b_key"), calls.c.requested_at > bindparam("b_since"))
        .where(calls.c.requested_at < bindparam("b_until"))
        .where(calls.c.contact_id != bindparam("b_contact_id"), reached_the_phone)
        .where(contacts.c.merged_into.is_distinct_from(bindparam("b_contact_id")))
        .order_by(calls.c.requested_at.desc(), calls.c.id.desc())
        .limit(1)
    )


LATEST_CALL = _latest()
WORDS_ON_NUMBER = (
    select(calls.c.id, calls.c.requested_at, calls.c.contact_id, contacts.c.merged_into)
    .add_columns(dispositions.c.contact, dispositions.c.number_mark)
    .join(dispositions, dispositions.c.code == calls.c.disposition)
    .join(contacts, contacts.c.id == calls.c.contact_id)
    .where(calls.c.key == bindparam("b_key"))
    .where(or_(dispositions.c.contact.is_(True), dispositions.c.number_mark != ""))
)
