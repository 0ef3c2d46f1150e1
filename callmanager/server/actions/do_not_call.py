"""Numbers never to dial. Every contact that bears one, whoever's it is, carries the mark."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from callmanager.domain.contacts import check_text
from callmanager.domain.permissions import Permission
from callmanager.domain.phones import parse_phone
from callmanager.server.actions import action
from callmanager.server.actions.contact_fields import listed_keys
from callmanager.server.changes.entities import CONTACT, DO_NOT_CALL
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.contact_index import ids_with_key
from callmanager.server.storage.tables import contacts, do_not_call


@action(Permission.DO_NOT_CALL_ADD)
def add(tx: Transaction, number: str, *, reason: str, region: str) -> tuple[Record, bool]:
    """List a number and mark its contacts; says whether it was not listed before. Raises Invalid."""
    return list_number(tx, number, reason=reason, region=region)


def list_number(tx: Transaction, number: str, *, reason: str, region: str) -> tuple[Record, bool]:
    """The same, for whoever may do so for another reason: a call found that its contact wants no calls."""
    phone = parse_phone(number, region)
    values = {"number": phone.number, "reason": check_text("note", reason)}
    listed = tx.first(DO_NOT_CALL, select(do_not_call).where(do_not_call.c.key == phone.key))
    if listed is not None and listed["archived_at"] is None:
        return listed, False
    fresh = {**values, "key": phone.key}
    record = tx.insert(DO_NOT_CALL, fresh) if listed is None else tx.restore(listed, **values)
    tx.update_many([(contact, {"do_not_call": True}) for contact in _bearers(tx, phone.key)])
    return record, True


@action(Permission.DO_NOT_CALL_REMOVE)
def remove(tx: Transaction, record_id: int) -> Record:
    """Take a number off the list; its contacts lose the mark unless another of their numbers is listed."""
    record = tx.get(DO_NOT_CALL, record_id)
    return record if record["archived_at"] is not None else unlist(tx, record)


def unlist(tx: Transaction, record: Record) -> Record:
    """The same, for whoever takes back that he has listed it."""
    removed = tx.delete(record)
    bearers = _bearers(tx, record["key"])
    still = listed_keys(tx, sorted({phone["key"] for contact in bearers for phone in contact["phones"]}))
    freed = [contact for contact in bearers if not still & {phone["key"] for phone in contact["phones"]}]
    tx.update_many([(contact, {"do_not_call": False}) for contact in freed])
    return removed


def mark_listed(tx: Transaction, contact_ids: Sequence[int]) -> None:
    """Mark those of the contacts that bear a listed number and have no mark: a number that an undo brought back."""
    found = select(contacts).where(contacts.c.id.in_(contact_ids), contacts.c.do_not_call.is_(False))
    rows = [Record(CONTACT, dict(row)) for row in tx.connection.execute(found).mappings()]
    listed = listed_keys(tx, sorted({phone["key"] for contact in rows for phone in contact["phones"]}))
    bearers = [contact for contact in rows if listed & {phone["key"] for phone in contact["phones"]}]
    tx.update_many([(contact, {"do_not_call": True}) for contact in bearers])


def _bearers(tx: Transaction, key: str) -> list[Record]:
    """The contacts with that number, archived ones too, since they may come back."""
    statement = select(contacts).where(contacts.c.id.in_(ids_with_key(key))).order_by(contacts.c.id)
    return [Record(CONTACT, dict(row)) for row in tx.connection.execute(statement).mappings()]
