"""Merges two contacts that are the same person into one, keeping both histories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callmanager.domain.contact_fields import BY_NAME, FIELDS, TEXTS, ContactField, FieldKind, Merge, names_of
from callmanager.domain.contacts import PHONES
from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.barring import FROM_STATUS, bar_as, bar_refusing, settle_marks_of
from callmanager.server.actions.contact_fields import check_fields
from callmanager.server.actions.contacts import check_exact_version, get_editable, with_status_reason
from callmanager.server.changes.entities import CONTACT
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
    tx.delete(other, merged_into=keep.id)
    kept = tx.update(keep, **with_status_reason(tx, united, keep.row))
    bar_as(tx, kept, other)
    if kept["status"] != keep["status"]:
        bar_refusing(tx, [kept], source=FROM_STATUS)
    settle_marks_of(tx, [keep.id])
    return tx.get(CONTACT, keep.id)


def _united(keep: Record, other: Record) -> dict[str, Any]:
    values = {field.name: _MERGES[field.merge](keep, other, field) for field in FIELDS if field.merge in _MERGES}
    _check_room(values)
    return values


def _join(keep: Record, other: Record, field: ContactField) -> Any:
    mine, theirs = keep[field.name], other[field.name]
    if field.kind is FieldKind.PHONES:
        known = {phone["key"] for phone in mine}
        return mine + [phone for phone in theirs if phone["key"] not in known]
    if field.kind is FieldKind.EXTRA:
        return {**theirs, **mine}
    return "\n".join(dict.fromkeys(text for text in (mine, theirs) if text))


def _latest(keep: Record, other: Record, field: ContactField) -> Any:
    called = [record for record in (keep, other) if record["last_called_at"] is not None]
    return max(called, key=lambda record: record["last_called_at"])[field.name] if called else None


_MERGES: Mapping[Merge, Callable[[Record, Record, ContactField], Any]] = {
    Merge.FILLED: lambda keep, other, field: keep[field.name] or other[field.name],
    Merge.JOINED: _join,
    Merge.SUMMED: lambda keep, other, field: keep[field.name] + other[field.name],
    Merge.EITHER: lambda keep, other, field: keep[field.name] or other[field.name],
    Merge.LATEST: _latest,
}
"""What is not here, the contact that stays keeps as it is."""


def _check_room(values: Mapping[str, Any]) -> None:
    """Nothing is cut off to make it fit."""
    too_long = [name for name in names_of(*TEXTS) if len(values.get(name, "")) > BY_NAME[name].length > 0]
    if len(values["phones"]) > PHONES or too_long:
        raise Invalid(
            "merge_too_large",
            N_("Together they have more than %(phones)s phones or too long a note. Shorten one of them first."),
            fields={"phones": len(values["phones"]), "note": len(values["note"])},
            phones=PHONES,
        )
