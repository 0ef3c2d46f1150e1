"""Refuses writes of contacts that somebody else holds, and ends the leases of those whose right to work ends.

Every write passes here: the door for writes calls it itself.

A write is checked in the transaction that writes, and writers are ordered, so nothing can come between the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from callmanager.domain.changes import DELETED, UPDATED
from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import Actor
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import Edit, Record, Transaction
from callmanager.server.leases import statements
from callmanager.server.leases.ledger import Leases, find_lapse
from callmanager.server.leases.terms import Lease, locked, lost, session_of

# The law asks for this mark at once, whoever has the contact open: docs/decisions.
_PASSES = {"do_not_call"}


class WriteGuard:
    """To be given to the ChangeLog."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    def check(self, tx: Transaction, edits: Sequence[Edit]) -> None:
        """Raises Locked when somebody else holds one of the contacts, Conflict when a lease that is borne is over."""
        kinds = {record.id: kind for record, fields, kind in edits if _asks(tx, record, fields, kind)}
        held = self._held(tx, list(kinds)) if kinds else {}
        for contact_id in kinds:
            refusal = self._refusal(tx, contact_id, held.get(contact_id))
            if refusal is not None:
                raise refusal
        for contact_id in held.keys() & kinds.keys():
            if kinds[contact_id] == DELETED:
                self._leases.end(tx, contact_id, "deleted")
        for lapse in filter(None, (find_lapse(*edit) for edit in edits)):
            self._leases.end_of(tx, lapse)

    def held_by_others(self, connection: Connection, actor: Actor) -> frozenset[int]:
        """The contacts that the actor, without bearing a lease, may not write."""
        held = self._leases.list_held(connection)
        return frozenset(lease.contact_id for lease in held if not _is_of(lease, actor))

    def _held(self, tx: Transaction, ids: Sequence[int]) -> dict[int, Lease]:
        if len(ids) == 1:
            found = self._leases.find_for_write(tx.connection, ids[0])
            return {} if found is None else {found.contact_id: found}
        return {lease.contact_id: lease for lease in self._leases.list_held(tx.connection)}

    def _refusal(self, tx: Transaction, contact_id: int, lease: Lease | None) -> CallManagerError | None:
        token = tx.lease_tokens.get(contact_id)
        if token is None:
            return None if lease is None or _is_of(lease, tx.actor) else locked(lease)
        if lease is None or (lease.token, lease.user_id) != (token, tx.actor.id):
            return lost(contact_id, lease)
        now = self._leases.now(tx.connection)
        if lease.expires_at <= now:
            return lost(contact_id, lease)
        if lease.answer_by is not None:
            tx.connection.execute(statements.note_activity(), {"contact": contact_id, "at": now})
        return None


def _is_of(lease: Lease, actor: Actor) -> bool:
    return (lease.user_id, lease.session) == (actor.id, session_of(actor))


def _asks(tx: Transaction, record: Record, fields: Mapping[str, Any], kind: str) -> bool:
    if record.entity is not CONTACT:
        return False
    return not (kind == UPDATED and (fields.keys() <= _PASSES or record.id in tx.facts))
