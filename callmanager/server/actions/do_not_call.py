"""Numbers and people never to call, as somebody puts them on the list or takes them off."""

from __future__ import annotations

from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.phone_cells import lines_said
from callmanager.domain.phones import parse_phone
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.barring import Terms, bar_person, list_number, unlist
from callmanager.server.actions.contacts import get_visible
from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.changes.write import Record, Transaction


@action(Permission.DO_NOT_CALL_ADD)
def add(
    tx: Transaction,
    number: str,
    *,
    region: str,
    reason: str = "",
    contact_id: int | None = None,
    terms: Terms | None = None,
) -> tuple[Record, bool]:
    """Bar a line or, with `contact_id`, a person, and mark the contacts; says whether it was not barred before.

    `terms` say more than `reason`. Raises Invalid, NotFound.
    """
    terms = terms or Terms(reason)
    if contact_id is not None:
        return bar_person(tx, get_visible(tx, contact_id), terms)
    if not number:
        raise Invalid("phone_missing", N_("Give a number or a contact."), fields={"field": "number"})
    if not parse_phone(number, region).valid and lines_said(number, region):
        raise Invalid(
            "phone_several",
            N_("There is more than one number here. Put each on the list by itself."),
            fields={"field": "number"},
        )
    return list_number(tx, number, terms, region=region)


@action(Permission.DO_NOT_CALL_REMOVE)
def remove(tx: Transaction, record_id: int) -> Record:
    """Take an entry off the list; its contacts lose the mark unless something else bars them."""
    record = tx.get(DO_NOT_CALL, record_id)
    return record if record["archived_at"] is not None else unlist(tx, record)
