"""What a call does to its contact: the attempt, and the status and next call that follow from its disposition.

It happened, whoever holds the contact by now, and whether it was archived, moved or merged meanwhile. What a
disposition did is kept with the call (`effects`), so that it can be taken back as long as nobody changed it since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select

from callmanager.domain.calls import in_order
from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import Conflict
from callmanager.domain.phone_cells import lines_said
from callmanager.domain.prohibitions import Kind
from callmanager.domain.retries import MOST_ATTEMPTS, next_call_at
from callmanager.domain.texts import N_
from callmanager.server.actions.barring import FROM_CALL, Terms, bar_person, list_number, serves_others, unlist
from callmanager.server.actions.numbers import find_next_number
from callmanager.server.actions.zones import zone_of
from callmanager.server.changes.entities import CONTACT, DO_NOT_CALL
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import calls

Effects = dict[str, Any]
_TOLD = ("status", "status_reason", "next_call_at")
"""What a disposition says of the contact."""


def get_survivor(tx: Transaction, contact_id: int) -> Record:
    """The contact, or the one that it was merged into."""
    contact = tx.get(CONTACT, contact_id)
    seen = {contact.id}
    while contact["merged_into"] is not None and contact["merged_into"] not in seen:
        contact = tx.get(CONTACT, contact["merged_into"])
        seen.add(contact.id)
    return contact


def count_attempt(tx: Transaction, call: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The contact was called once more. Answers what that changed."""
    contact = get_survivor(tx, call["contact_id"])
    fields: dict[str, Any] = {"attempts": contact["attempts"] + 1}
    at = call["dialing_at"] or call["ringing_at"] or call["connected_at"] or call["requested_at"]
    before = contact["last_called_at"]
    if before is None or before <= at or before > tx.now:  # one from a clock that was ahead must not stand for ever
        fields |= {"last_called_at": at, "last_called_by": call["user_id"]}
    return _write(tx, contact, fields)


def follow(
    tx: Transaction,
    call: Record,
    disposition: Record,
    callback_at: datetime | None,
    *,
    region: str,
    zone: tzinfo,
    bars: Kind | None = None,
) -> Effects:
    """Bring the contact to what the disposition means, in place of what an earlier one of the same call did.

    `region` and `zone` are the office's: where numbers without a country are, and the clock of those that tell none.
    `bars`: what whoever wants no calls meant, where somebody asked.
    """
    earlier: Effects = call["effects"]
    contact = get_survivor(tx, call["contact_id"])
    changed = dict(earlier.get("fields", {})) if earlier.get("contact_id") == contact.id else {}
    if not call["counted"]:
        changed |= count_attempt(tx, call.row)
    listed = _follow_list(tx, call, disposition, _listed(earlier), region, bars=bars)
    contact = get_survivor(tx, call["contact_id"])
    base = {name: _value(name, was) for name, (was, became) in changed.items() if _logged(contact, name) == became}
    wanted: dict[str, Any] = {}
    later, before = _around(tx, call, contact)
    if _is_latest(later):
        next_at = _next_call(tx, call, contact, disposition, callback_at, before=before, zone=zone)
        wanted = {"status": disposition["code"], "next_call_at": next_at}
        if contact["status_reason"] or "status_reason" in changed:
            wanted["status_reason"] = ""  # it was that of a status set by hand
    _write(tx, contact, wanted)
    kept = {name: values for name, values in changed.items() if name not in _TOLD}
    for name, value in wanted.items():
        kept[name] = [CONTACT.to_log(base.get(name, contact[name])), CONTACT.to_log(value)]
    counted = bool(earlier.get("counted", not call["counted"]))
    return {"contact_id": contact.id, "fields": kept, "listed": listed, "counted": counted}


def take_back(tx: Transaction, call: Record) -> Record:
    """Bring the contact back to what it was before the disposition. Raises Conflict when somebody changed it since."""
    effects: Effects = call["effects"]
    contact = get_survivor(tx, call["contact_id"])
    fields: dict[str, list[Any]] = effects["fields"]
    clash = sorted(name for name, (_was, became) in fields.items() if _logged(contact, name) != became)
    if not clash and fields and not _is_latest(_around(tx, call, contact)[0]):
        clash = sorted(fields)
    if clash or contact.id != effects["contact_id"]:
        raise Conflict(
            "undo_conflict",
            N_("Somebody changed %(names)s since, so nothing was undone. Look at the history and correct it by hand."),
            fields={"entity": CONTACT.name, "record_id": contact.id, "fields": clash or ["merged_into"]},
            names=", ".join(clash or ["merged_into"]),
        )
    _unlist(tx, _listed(effects))
    contact = get_survivor(tx, call["contact_id"])
    _write(tx, contact, {name: _value(name, was) for name, (was, _became) in fields.items()})
    return tx.get(CONTACT, contact.id)


def _write(tx: Transaction, contact: Record, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    tx.bear_fact(contact.id)
    tx.update(contact, **fields)
    return {name: [CONTACT.to_log(contact[name]), CONTACT.to_log(value)] for name, value in fields.items()}


def _logged(contact: Record, name: str) -> Any:
    return CONTACT.to_log(contact[name])


def _value(name: str, logged: Any) -> Any:
    return CONTACT.from_log(name, logged)


def _listed(effects: Effects) -> list[int]:
    """The entries of the do-not-call list that the call made; a program of before kept one, or none."""
    listed = effects.get("listed") or []
    return listed if isinstance(listed, list) else [listed]


def _follow_list(
    tx: Transaction, call: Record, disposition: Record, listed: list[int], region: str, *, bars: Kind | None
) -> list[int]:
    """Bar whoever wants no calls, or take off again what this call had listed. Answers the entries that it made.

    The person is barred, and the line too where nobody else is reached on it; `bars` says that only one of them is
    meant.
    """
    if not disposition["do_not_call"]:
        _unlist(tx, listed)
        return []
    if listed and bars is None:
        return listed
    _unlist(tx, listed)
    reason = disposition["name"] or STATUSES.get(disposition["code"], disposition["code"])
    contact, terms, made = get_survivor(tx, call["contact_id"]), Terms(reason, FROM_CALL, str(call.id)), []
    if bars is not Kind.LINE:
        made.append(bar_person(tx, contact, terms, key=call["key"]))
    if bars is Kind.LINE or (bars is None and not serves_others(tx, call["key"], contact.id)):
        made += [list_number(tx, number, Terms(reason), region=region) for number in _numbers(call, region)]
    return [record.id for record, is_new in made if is_new]


def _numbers(call: Record, region: str) -> list[str]:
    """The number that was called, or each that it may have been."""
    several = lines_said(call["number"], region) if call["e164"] is None else []
    return several or [call["number"]]


def _unlist(tx: Transaction, listed: list[int]) -> None:
    for record_id in listed:
        record = tx.find(DO_NOT_CALL, record_id)
        if record is not None and record["archived_at"] is None:
            unlist(tx, record)


def _next_call(
    tx: Transaction,
    call: Record,
    contact: Record,
    disposition: Record,
    callback_at: datetime | None,
    *,
    before: Sequence[Mapping[str, Any]],
    zone: tzinfo,
) -> datetime | None:
    if disposition["do_not_call"]:
        return None
    if callback_at is not None:
        return callback_at
    if disposition["number_mark"]:
        return tx.now if find_next_number(tx, contact, but=call["key"]) is not None else None
    if not disposition["retry"]:
        return None
    in_a_row = 1 + _same_before(before, disposition["code"])
    ended: datetime = call["ended_at"]
    place = zone_of(call["e164"], ended, zone, own=contact["zone"])
    return next_call_at(disposition["retry"], ended, in_a_row, place)


def _ids(call: Record, contact: Record) -> tuple[int, ...]:
    return tuple({call["contact_id"], contact.id})


def _is_latest(later: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no later call of the contact has said what came of it: that one has the last word."""
    return all(one["dispositioned_at"] is None for one in later)


def _same_before(before: Sequence[Mapping[str, Any]], code: str) -> int:
    """How many calls of the contact before this one ended in the same disposition, one after the other."""
    found = [one["disposition"] for one in before if one["disposition"] is not None]
    return next((number for number, other in enumerate(found) if other != code), len(found))


def _around(
    tx: Transaction, call: Record, contact: Record
) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """Of the last calls of the contact those that are later than this one, and those before it; the latest first."""
    columns = (calls.c.id, calls.c.requested_at, calls.c.disposition, calls.c.dispositioned_at)
    statement = select(*columns).where(calls.c.contact_id.in_(_ids(call, contact)), calls.c.id != call.id)
    rows = tx.connection.execute(statement.order_by(calls.c.id.desc()).limit(2 * MOST_ATTEMPTS)).mappings()
    told = in_order([*map(dict, rows), call.row], tx.now)
    place = next(place for place, one in enumerate(told) if one["id"] == call.id)
    return told[:place], told[place + 1 :]
