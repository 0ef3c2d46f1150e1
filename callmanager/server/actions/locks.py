"""Takes, keeps, gives back, asks for and takes over the lease of a contact. The rules are those of leases/."""

from __future__ import annotations

from collections.abc import Sequence

from callmanager.domain.contacts import check_text
from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.contacts import get_editable
from callmanager.server.changes.entities import TAKE_OVER
from callmanager.server.changes.write import Transaction
from callmanager.server.leases.ledger import Leases, Renewal
from callmanager.server.leases.terms import Lease, Purpose, lost, session_of

MOST_REASON_CHARACTERS = 500


@action(Permission.CONTACT_EDIT)
def lock(tx: Transaction, leases: Leases, contact_id: int, purpose: Purpose, *, program: str = "") -> Lease:
    """Take the contact to edit or to call it. Raises NotFound, Forbidden, Locked, Conflict."""
    get_editable(tx, contact_id, Permission.CONTACT_EDIT)
    return leases.grant(tx, contact_id, purpose, session=session_of(tx.actor, program))


@action(Permission.CONTACT_EDIT)
def renew(tx: Transaction, leases: Leases, wanted: Sequence[Renewal]) -> tuple[list[Lease], list[int]]:
    """Keep leases: those that live on, and the contacts of those that are over."""
    return leases.renew(tx, wanted)


@action(Permission.CONTACT_EDIT)
def unlock(tx: Transaction, leases: Leases, contact_id: int, token: int) -> Lease:
    """Give a contact back, wherever it has been moved meanwhile. Raises Conflict when that lease is over."""
    held = leases.find(tx.connection, contact_id)
    if held is None or held.user_id != tx.actor.id:
        get_editable(tx, contact_id, Permission.CONTACT_EDIT)
    return leases.release(tx, contact_id, token)


@action(Permission.CONTACT_EDIT)
def request(tx: Transaction, leases: Leases, contact_id: int) -> Lease:
    """Ask the holder of a contact for it. Raises NotFound, Forbidden, Conflict when nobody else holds it."""
    get_editable(tx, contact_id, Permission.CONTACT_EDIT)
    return leases.ask(tx, contact_id)


@action(Permission.CONTACT_EDIT)
def answer(tx: Transaction, leases: Leases, contact_id: int, *, release: bool) -> Lease:
    """Answer somebody who asks: give the contact back, or keep it a little longer. Raises Conflict when it is over."""
    held = leases.find(tx.connection, contact_id)
    if held is None or held.user_id != tx.actor.id:
        raise lost(contact_id, None)  # and not who holds it: the caller may not even see the contact
    return leases.release(tx, contact_id, held.token) if release else leases.keep(tx, contact_id)


@action(Permission.CONTACT_TAKE_OVER)
def take_over(
    tx: Transaction, leases: Leases, contact_id: int, purpose: Purpose, *, reason: str, program: str = ""
) -> Lease:
    """Take the contact from its holder, who is told, and keep the reason. Raises NotFound, Forbidden, Conflict."""
    contact = get_editable(tx, contact_id, Permission.CONTACT_TAKE_OVER)
    before = leases.get_held(tx.connection, contact_id)
    values = {
        "contact_id": contact_id,
        "team_id": contact["team_id"],
        "taken_from": before.user_id,
        "taken_by": tx.actor.id,
        "reason": _check_reason(reason),
    }
    tx.insert(TAKE_OVER, values)
    return leases.take_over(tx, contact_id, purpose, session=session_of(tx.actor, program), why=values["reason"])


def _check_reason(reason: str) -> str:
    text = check_text("note", reason)
    if not text or len(text) > MOST_REASON_CHARACTERS:
        raise Invalid(
            "reason_missing",
            N_("Say why you take this contact over, in at most %(limit)s characters."),
            fields={"field": "reason"},
            limit=MOST_REASON_CHARACTERS,
        )
    return text
