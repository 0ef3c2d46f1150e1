"""Makes, edits, archives and restores contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.domain.contact_fields import EDITABLE
from callmanager.domain.errors import Conflict, Invalid, NotFound
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, require_touch, visibility
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.barring import FROM_STATUS, bar_refusing, with_do_not_call
from callmanager.server.actions.contact_fields import check_fields
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.history import fields_since_version, get_change_fields
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.dispositions import list_sales


def get_visible(tx: Transaction, contact_id: int) -> Record:
    """The contact. Raises NotFound also when the actor may not know of it."""
    contact = tx.find(CONTACT, contact_id)
    if contact is None or not visibility(tx.actor).covers_team(contact["team_id"]):
        raise NotFound(
            "contact_not_found",
            N_("There is no such contact, or you may not see it. Reload the list."),
            fields={"id": contact_id},
        )
    return contact


def get_editable(tx: Transaction, contact_id: int, permission: Permission) -> Record:
    """A living contact that `permission` covers. Raises NotFound, Forbidden or Conflict."""
    contact = get_visible(tx, contact_id)
    require_touch(tx.actor, permission, contact["team_id"])
    if contact["archived_at"] is not None:
        raise Conflict(
            "contact_archived",
            N_("This contact is archived. Restore it first."),
            fields={"id": contact_id, "merged_into": contact["merged_into"]},
        )
    return contact


@action(Permission.CONTACT_CREATE)
def create(tx: Transaction, fields: Mapping[str, Any], *, region: str) -> Record:
    """Make a contact. Without a team it gets the actor's; managers may name any. Raises Invalid, Forbidden."""
    values = {"team_id": tx.actor.team_id, "status": "SIN_GESTIONAR", **fields}
    if not values.get("phones") and not values.get("phone"):
        raise Invalid("phone_missing", N_("A contact needs at least one phone number."), fields={"field": "phone"})
    checked = check_fields(tx, values, region=region)
    require_touch(tx.actor, Permission.CONTACT_CREATE, checked["team_id"])
    checked = with_status_reason(tx, with_do_not_call(tx, checked))
    return _with_refusal(tx, tx.insert(CONTACT, checked))


@action(Permission.CONTACT_EDIT)
def edit(
    tx: Transaction,
    contact_id: int,
    fields: Mapping[str, Any],
    *,
    version: int,
    region: str,
    lease: int | None = None,
) -> Record:
    """Set fields of the contact as it stood at `version`, under the actor's `lease` when he bears one.

    What others changed meanwhile is kept when it is another field; the same field with another value is a Conflict
    that lists mine, theirs and original. Raises NotFound, Forbidden, Invalid, Locked.
    """
    tx.bear_lease(contact_id, lease)
    contact = get_editable(tx, contact_id, Permission.CONTACT_EDIT)
    checked = check_fields(tx, fields, region=region, current=contact.row)
    _check_version(tx, contact, checked, version)
    if "team_id" in checked and checked["team_id"] != contact["team_id"]:
        _require_move(tx.actor, contact["team_id"], checked["team_id"])
    checked = with_status_reason(tx, with_do_not_call(tx, checked, contact.row), contact.row)
    edited = tx.update(contact, **checked)
    return edited if edited["status"] == contact["status"] else _with_refusal(tx, edited)


def _with_refusal(tx: Transaction, contact: Record) -> Record:
    """The contact, barred if its new status says that it wants no calls."""
    bar_refusing(tx, [contact], source=FROM_STATUS)
    return tx.get(CONTACT, contact.id)


def _require_move(actor: Actor, origin: int | None, goal: int | None) -> None:
    """To who sees it no more a contact is as good as archived, to who sees it now as good as new: it takes both rights.

    With that of editing alone an agent takes a shared contact from everybody, or shows his team's to all.
    """
    require_touch(actor, Permission.CONTACT_DELETE, origin)
    require_touch(actor, Permission.CONTACT_CREATE, goal)


def _check_version(tx: Transaction, contact: Record, checked: Mapping[str, Any], version: int) -> None:
    if version == contact.version:
        return
    if not 0 < version < contact.version:
        raise _stale(contact, {})
    since = fields_since_version(
        tx.connection, visibility(tx.actor), CONTACT.name, contact.id, contact.version - version
    )
    disputed = {
        name: {"mine": CONTACT.to_log(value), "theirs": CONTACT.to_log(contact[name]), "original": since[name][0]}
        for name, value in checked.items()
        if name in since and value != contact[name]
    }
    if disputed:
        raise _stale(contact, disputed)


def _stale(contact: Record, disputed: Mapping[str, Any]) -> Conflict:
    return Conflict(
        "version_conflict",
        N_("Somebody changed this contact in the meantime. Compare both versions and save again."),
        fields={"version": contact.version, "disputed": dict(disputed)},
    )


def check_exact_version(contact: Record, version: int) -> None:
    """Raises Conflict unless the contact is at `version`."""
    if contact.version != version:
        raise _stale(contact, {})


@action(Permission.CONTACT_DELETE)
def delete(tx: Transaction, contact_id: int, *, version: int, lease: int | None = None) -> Record:
    """Archive the contact. Raises NotFound, Forbidden, Conflict, Locked."""
    tx.bear_lease(contact_id, lease)
    contact = get_editable(tx, contact_id, Permission.CONTACT_DELETE)
    check_exact_version(contact, version)
    return tx.delete(contact)


@action(Permission.CONTACT_DELETE)
def restore(tx: Transaction, contact_id: int) -> Record:
    """Bring an archived contact back; one that lives is left as it is. Raises NotFound, Forbidden, Conflict."""
    contact = get_visible(tx, contact_id)
    require_touch(tx.actor, Permission.CONTACT_DELETE, contact["team_id"])
    if contact["merged_into"] is not None:
        raise Conflict(
            "contact_merged",
            N_("This contact was merged into another. Undo the merge to get it back."),
            fields={"merged_into": contact["merged_into"]},
        )
    return tx.restore(contact)


@action(Permission.CONTACT_EDIT)
def restore_value(
    tx: Transaction,
    contact_id: int,
    seq: int,
    field: str,
    *,
    version: int,
    region: str,
    before: bool,
    lease: int | None = None,
) -> Record:
    """Set one field to what it was before (or after) the change `seq`. Raises Invalid when it has no such field."""
    fields = get_change_fields(tx.connection, visibility(tx.actor), CONTACT.name, contact_id, seq)
    if field not in EDITABLE or field not in fields:
        raise Invalid(
            "field_not_in_change",
            N_("That change did not touch %(name)s."),
            fields={"field": field, "seq": seq},
            name=field,
        )
    logged = fields[field][0 if before else 1]
    value = CONTACT.blank()[field] if logged is None else logged
    return edit(tx, contact_id, {field: value}, version=version, region=region, lease=lease)


def with_status_reason(
    tx: Transaction, checked: dict[str, Any], current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`checked` with the reason of its status; one that is left behind takes its own along. Raises Invalid."""
    was, reason_was = ("", "") if current is None else (current["status"], current["status_reason"])
    status = checked.get("status", was)
    reason = checked.get("status_reason", reason_was if status == was else "")
    if (status, reason) == (was, reason_was):
        return checked
    if not reason and status in list_sales(tx.connection):
        raise Invalid(
            "status_reason_required",
            N_("A sale comes from a call. Say what came of the call or, to set it by hand, write the reason."),
            fields={"field": "status_reason"},
        )
    return {**checked, "status_reason": reason}
