"""Turns what a caller gives for a contact into checked column values. Every way to a contact passes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.contact_fields import BY_NAME, EDITABLE, ContactField, FieldKind
from callmanager.domain.contacts import (
    PHONE_LABEL_LENGTH,
    PHONES,
    check_email,
    check_extra,
    check_text,
    check_zone,
    clean_text,
    too_long,
)
from callmanager.domain.countries import parse_phone_of
from callmanager.domain.dispositions import STATUSES, check_status, spell_code
from callmanager.domain.errors import Invalid
from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import visibility
from callmanager.domain.phone_cells import lines_said
from callmanager.domain.phones import parse_phone
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import ENTITIES, USER
from callmanager.server.changes.write import Transaction
from callmanager.server.storage.dispositions import list_codes


@dataclass(frozen=True, slots=True)
class _Given:
    """What the checks of a field may ask about the edit."""

    tx: Transaction
    region: str
    current: Mapping[str, Any] | None


def check_fields(
    tx: Transaction, fields: Mapping[str, Any], *, region: str, current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The column values that `fields` mean. `phone` stands for the first of `phones`. Raises Invalid."""
    given = _with_first_phone(fields, current)
    unknown = sorted(set(given) - set(EDITABLE))
    if unknown:
        raise Invalid(
            "field_unknown",
            N_("A contact has no field %(name)s that can be set."),
            fields={"field": unknown[0]},
            name=unknown[0],
        )
    about = _Given(tx, region, current)
    checked = {name: CHECKS[BY_NAME[name].kind](BY_NAME[name], value, about) for name, value in given.items()}
    _check_assignee(tx, {**(current or {}), **checked}, checked)
    return checked


def check_phones(phones: Sequence[Mapping[str, Any] | str], region: str) -> list[dict[str, Any]]:
    """One to ten numbers as they are stored; the same number twice is kept once. A list may say the `country` and
    `area` of each. What is kept as it is written, though it may be several numbers, bears the `lines` of these.
    Raises Invalid."""
    if not phones:
        raise Invalid("phone_missing", N_("A contact needs at least one phone number."), fields={"field": "phone"})
    if len(phones) > PHONES:
        raise Invalid(
            "phones_too_many",
            N_("A contact has at most %(limit)s phone numbers."),
            fields={"field": "phones", "limit": PHONES},
            limit=PHONES,
        )
    unique: dict[str, dict[str, Any]] = {}
    for phone in phones:
        row = _phone_row(phone, region)
        unique.setdefault(row["key"], row)
    return list(unique.values())


def _with_first_phone(fields: Mapping[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any]:
    given = dict(fields)
    if "phone" not in given:
        return given
    number = given.pop("phone")
    if "phones" in given:
        raise Invalid("phone_twice", N_("Give either phone or phones, not both."), fields={"field": "phone"})
    rest = list(current["phones"]) if current else []
    label = rest[0]["label"] if rest else ""
    given["phones"] = [{"number": number, "label": label}, *rest[1:]]
    return given


def _phone_row(phone: Mapping[str, Any] | str, region: str) -> dict[str, Any]:
    number, label = (phone, "") if isinstance(phone, str) else (phone["number"], phone.get("label") or "")
    label = clean_text(label)
    if len(label) > PHONE_LABEL_LENGTH:
        raise too_long("phones.label", PHONE_LABEL_LENGTH)
    country, area = ("", "") if isinstance(phone, str) else (phone.get("country", ""), phone.get("area", ""))
    read = parse_phone_of(number, country, region, area) if country or area else parse_phone(number, region)
    row = {"number": read.number, "e164": read.e164, "label": label, "valid": read.valid, "key": read.key}
    lines = [] if read.valid else lines_said(number, region, country)
    return {**row, "lines": lines} if lines else row


def _check_reference(field: ContactField, value: int | None, about: _Given) -> int | None:
    name = field.name
    if value is None or (about.current is not None and about.current[name] == value):
        return value
    record = about.tx.find(ENTITIES[field.kind], value)
    if record is None or record["archived_at"] is not None or record.row.get("active") is False:
        raise Invalid(
            f"{name}_unknown",
            N_("There is no such team, campaign or person to put in %(name)s."),
            fields={"field": name},
            name=name,
        )
    return value


def _check_assignee(tx: Transaction, after: Mapping[str, Any], checked: Mapping[str, Any]) -> None:
    """A contact is never assigned to somebody who cannot see it."""
    if after.get("assigned_to") is None or not {"assigned_to", "team_id"} & checked.keys():
        return
    user = tx.get(USER, after["assigned_to"])
    person = Actor(id=user.id, name=user["username"], role=Role(user["role"]), team_id=user["team_id"])
    if not visibility(person).covers_team(after.get("team_id")):
        raise Invalid(
            "assignee_cannot_see",
            N_("%(name)s cannot see contacts of that team. Change the team or choose somebody else."),
            fields={"field": "assigned_to"},
            name=person.name,
        )


def _check_status(_field: ContactField, text: str, about: _Given) -> str:
    """The program's own codes are always there; the office's are asked for only when it is none of them."""
    code = spell_code(text)
    return code if code in STATUSES else check_status(code, list_codes(about.tx.connection))


def _check_instant(field: ContactField, value: Any, _about: _Given) -> Any:
    """To the millisecond, as instants are stored."""
    if value is None:
        return None
    try:
        return from_wire(to_wire(value if not isinstance(value, str) else from_wire(value)))
    except (ValueError, OverflowError):
        raise Invalid(
            "date_invalid",
            N_("Write the date as 2026-11-22T15:30:00Z."),
            fields={"field": field.name},
        ) from None


CHECKS: Mapping[FieldKind, Callable[[ContactField, Any, _Given], Any]] = {
    FieldKind.TEXT: lambda field, value, _about: check_text(field.name, value),
    FieldKind.LINES: lambda field, value, _about: check_text(field.name, value),
    FieldKind.EMAIL: lambda field, value, _about: check_email(value, field.name),
    FieldKind.ZONE: lambda _field, value, _about: check_zone(value),
    FieldKind.STATUS: _check_status,
    FieldKind.TEAM: _check_reference,
    FieldKind.CAMPAIGN: _check_reference,
    FieldKind.USER: _check_reference,
    FieldKind.INSTANT: _check_instant,
    FieldKind.PHONES: lambda _field, value, about: check_phones(value, about.region),
    FieldKind.EXTRA: lambda _field, value, _about: check_extra(value),
}
"""By kind, so that no field that people edit can be without one."""
