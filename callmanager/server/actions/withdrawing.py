"""Does again in a restored database what was withdrawn after its backup was taken. Once, at the start after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from callmanager.domain.errors import Invalid
from callmanager.domain.people import SYSTEM
from callmanager.domain.withdrawals import WITHDRAWN, Withdrawal, WithdrawalKind, from_text
from callmanager.server.actions.barring import Terms, bar_person, list_number
from callmanager.server.actions.people import governs_alone
from callmanager.server.actions.sessions import end_all_sessions
from callmanager.server.changes.entities import API_KEY, CONTACT, TEAM, USER
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.logs import get_log
from callmanager.server.storage.tables import meta

_log = get_log("restore")


def withdraw_again(log: ChangeLog, *, region: str) -> list[Withdrawal]:
    """Do what is left to be done, as one change set that the history shows; what was done. Nothing the second time."""
    with log.storage.read() as connection:
        text = connection.execute(select(meta.c.value).where(meta.c.key == WITHDRAWN)).scalar()
    if text is None:
        return []
    with log.write(SYSTEM, "job") as tx:
        done = [one for one in _readable(text) if _withdraw(tx, one, region)]
        tx.connection.execute(delete(meta).where(meta.c.key == WITHDRAWN))
    return done


def _readable(text: str) -> Iterable[Withdrawal]:
    try:
        return from_text(text)
    except (ValueError, KeyError, TypeError):
        _log.error("withdrawals_unreadable")
        return []


def _withdraw(tx: Transaction, one: Withdrawal, region: str) -> bool:
    if one.kind is WithdrawalKind.KEY:
        key = tx.find(API_KEY, one.record_id)
        return key is not None and tx.delete(key) is not key
    if one.kind is WithdrawalKind.NUMBER:
        return _list(tx, one, region)
    user = tx.find(USER, one.record_id)
    if user is None or (one.kind in (WithdrawalKind.PERSON, WithdrawalKind.ROLE) and governs_alone(tx, user)):
        _log.warning("not_withdrawn_again", kind=one.kind.value, user=one.name)
        return False
    if one.kind is WithdrawalKind.SESSIONS:
        user = end_all_sessions(tx, user)
    tx.update(user, **_fields(tx, one), token_version=_above(user, one))
    return True


def _fields(tx: Transaction, one: Withdrawal) -> dict[str, Any]:
    if one.kind is WithdrawalKind.PERSON:
        return {"active": False}
    if one.kind is WithdrawalKind.PASSWORD:
        return {"password_hash": one.values["password_hash"], "password_changed_at": tx.now}
    if one.kind is WithdrawalKind.ROLE:
        return {"role": one.values["role"], "sight_seq": tx.next_seq}
    if one.kind is WithdrawalKind.TEAM:
        team = one.values["team_id"]
        there = team is not None and tx.find(TEAM, team) is not None
        return {"team_id": team if there else None, "sight_seq": tx.next_seq}
    return {}


def _above(user: Record, one: Withdrawal) -> int:
    """A version that no token of this person has, whether it was made before or after the backup."""
    return max(int(user["token_version"]), int(one.values.get("token_version", 0))) + 1


def _list(tx: Transaction, one: Withdrawal, region: str) -> bool:
    """Again as it was listed; the list of an older program knew numbers alone."""
    terms = Terms.of(one.values)
    contact_id = one.values.get("contact_id")
    contact = None if contact_id is None else tx.find(CONTACT, contact_id)
    try:
        if contact_id is None:
            return list_number(tx, one.name, terms, region=region)[1]
        return contact is not None and bar_person(tx, contact, terms, key=str(one.values.get("key", "")))[1]
    except Invalid:
        _log.warning("not_withdrawn_again", kind=one.kind.value, record=one.record_id)
        return False
