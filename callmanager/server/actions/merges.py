"""Merges two contacts that are the same person into one, keeping both histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.domain.contacts import NOTE_LENGTH, PHONES
from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.contact_fields import check_fields
from callmanager.server.actions.contacts import check_exact_version, get_editable
from callmanager.server.changes.write import Record, Transaction


@action(Permission.CONTACT_MERGE)
def merge(
    tx: Transaction,
    keep_id: int,
    other_id: int,
    *,
    keep_version: int,
    other_version: int,
    fields: Mapping[str, Any],
    region: str,
    keep_lease: int | None = None,
    other_lease: int | None = None,
) -> Record:
    """Put `other` into `keep`: what `keep` lacks is taken from `other`, phones and extra fields are united, notes are
    joined; `fields` decides where the caller wants it otherwise. `other` is archived and points to `keep`; the
    history of `keep` shows both. Undoing the change set separates them again.
    """
    if keep_id == other_id:
        raise Invalid("merge_same", N_("A contact cannot be merged with itself."), fields={"field": "merge_id"})
    tx.bear_lease(keep_id, keep_lease)
    tx.bear_lease(other_id, other_lease)
    keep = get_editable(tx, keep_id, Permission.CONTACT_MERGE)
    other = get_editable(tx, other_id, Permission.CONTACT_MERGE)
    check_exact_version(keep, keep_version)
    check_exact_version(other, other_version)
    united = {**_united(keep, other), **check_fields(tx, fields, region=region, current=keep.row)}
    united["do_not_call"] = keep["do_not_call"] or other["do_not_call"]
    tx.delete(other, merged_into=keep.id)
    return tx.update(keep, **united)


def _united(keep: Record, other: Record) -> dict[str, Any]:
    values = {name: keep[name] or other[name] for name in ("name", "email", "company", "campaign_id", "assigned_to")}
    known = {phone["key"] for phone in keep["phones"]}
    values["phones"] = keep["phones"] + [phone for phone in other["phones"] if phone["key"] not in known]
    values["extra"] = {**other["extra"], **keep["extra"]}
    values["note"] = "\n".join(dict.fromkeys(note for note in (keep["note"], other["note"]) if note))
    _check_room(values)
    values["attempts"] = keep["attempts"] + other["attempts"]
    called = [row for row in (keep, other) if row["last_called_at"] is not None]
    if called:
        last = max(called, key=lambda row: row["last_called_at"])
        values |= {"last_called_at": last["last_called_at"], "last_called_by": last["last_called_by"]}
    return values


def _check_room(values: Mapping[str, Any]) -> None:
    """Nothing is cut off to make it fit."""
    if len(values["phones"]) > PHONES or len(values["note"]) > NOTE_LENGTH:
        raise Invalid(
            "merge_too_large",
            N_("Together they have more than %(phones)s phones or too long a note. Shorten one of them first."),
            fields={"phones": len(values["phones"]), "note": len(values["note"])},
            phones=PHONES,
        )
