"""The table of a contact's fields: what each holds, its limits, its name for people, and what is done with it where.

Checks, requests and answers, columns of the database, imports, exports, search, merge, labels and the forms of the
window follow from it. A new field is a row here, a migration that adds its column and, where the end of the form will
not do, a place on the card (`desktop/models/card/places.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from callmanager.domain.texts import N_


class FieldKind(StrEnum):
    """What a field holds. Everything that treats fields alike goes by this."""

    TEXT = "text"
    LINES = "lines"
    """Text that may have several lines."""
    EMAIL = "email"
    E164 = "e164"
    """A phone number in its international form, or nothing."""
    ZONE = "zone"
    """The IANA name of a time zone, or nothing."""
    STATUS = "status"
    TEAM = "team"
    CAMPAIGN = "campaign"
    USER = "user"
    CONTACT = "contact"
    INSTANT = "instant"
    PHONES = "phones"
    EXTRA = "extra"
    """The office's own fields, by name."""
    NUMBER = "number"
    FLAG = "flag"


TEXTS = frozenset({FieldKind.TEXT, FieldKind.LINES, FieldKind.EMAIL})
"""Kinds whose empty value is an empty text."""
RECORDS = frozenset({FieldKind.TEAM, FieldKind.CAMPAIGN, FieldKind.USER, FieldKind.CONTACT})
"""Kinds that hold the id of another record, or nothing. The kind is the name of that record's entity."""


class Merge(StrEnum):
    """Which value the contact that stays has after another was merged into it."""

    KEPT = "kept"
    """Its own."""
    FILLED = "filled"
    """Its own or, where it has none, the other's."""
    JOINED = "joined"
    """Both: phones and extra fields united, lines put one below the other."""
    SUMMED = "summed"
    EITHER = "either"
    """Set when one of the two is."""
    LATEST = "latest"
    """That of whichever was called last."""


@dataclass(frozen=True, slots=True)
class ContactField:
    """One field. `label` is a msgid; `headings` are those that lists bear over it, besides its label in each language,
    folded as `lists/headers.py` folds them, with commas between: none, it is not imported."""

    name: str
    kind: FieldKind
    label: str
    length: int = 0
    """Most characters of a text."""
    is_editable: bool = False
    is_derived: bool = False
    """Follows from other fields and is not logged."""
    headings: str = ""
    is_exported: bool = False
    is_searched: bool = False
    merge: Merge = Merge.KEPT

    @property
    def is_imported(self) -> bool:
        """Whether a column of a list may go into it."""
        return bool(self.headings)

    @property
    def empty(self) -> Any:
        """Its value in a contact that says nothing of it."""
        if self.kind in TEXTS:
            return ""
        return _EMPTY[self.kind]() if self.kind in _EMPTY else None


_EMPTY = {
    FieldKind.STATUS: str,
    FieldKind.PHONES: list,
    FieldKind.EXTRA: dict,
    FieldKind.NUMBER: int,
    FieldKind.FLAG: bool,
}

FIELDS: tuple[ContactField, ...] = (
    ContactField("phone", FieldKind.TEXT, N_("Phone"), is_derived=True),
    ContactField("phone_e164", FieldKind.E164, N_("International number"), is_derived=True),
    ContactField("phone_valid", FieldKind.FLAG, N_("Can be dialled"), is_derived=True),
    ContactField("phones", FieldKind.PHONES, N_("Phones"), is_editable=True, is_searched=True, merge=Merge.JOINED),
    ContactField(
        "name",
        FieldKind.TEXT,
        N_("Name"),
        200,
        is_editable=True,
        headings="nombre, nombres, nombre completo, nombre y apellidos, nombre y apellido, nombre cliente, "
        "nombre del cliente, nombre del contacto, nombre contacto, apellidos y nombre, cliente, persona, titular, "
        "name, names, full name, fullname, contact name, customer, customer name, client, client name, razon social",
        is_exported=True,
        is_searched=True,
        merge=Merge.FILLED,
    ),
    ContactField(
        "email",
        FieldKind.EMAIL,
        N_("E-mail"),
        254,
        is_editable=True,
        headings="correo, correo electronico, correos, e mail, email, mail, e mail address, email address, "
        "direccion de correo, direccion de correo electronico, direccion de e mail",
        is_exported=True,
        is_searched=True,
        merge=Merge.FILLED,
    ),
    ContactField(
        "company",
        FieldKind.TEXT,
        N_("Company"),
        200,
        is_editable=True,
        headings="empresa, compania, organizacion, negocio, company, company name, organization, organisation, "
        "nombre de la empresa, nombre empresa, employer, organization name, organization 1 name, account name",
        is_exported=True,
        is_searched=True,
        merge=Merge.FILLED,
    ),
    ContactField(
        "note",
        FieldKind.LINES,
        N_("Note"),
        20_000,
        is_editable=True,
        headings="nota, notas, observacion, observaciones, comentario, comentarios, detalle, detalles, note, notes, "
        "comentario s, comment, comments, remarks, observations",
        is_exported=True,
        is_searched=True,
        merge=Merge.JOINED,
    ),
    ContactField(
        "status",
        FieldKind.STATUS,
        N_("Status"),
        is_editable=True,
        headings="estado, estatus, status, tipificacion, calificacion, disposition, disposicion, resultado",
        is_exported=True,
    ),
    ContactField("team_id", FieldKind.TEAM, N_("Team"), is_editable=True, is_exported=True),
    ContactField(
        "campaign_id", FieldKind.CAMPAIGN, N_("Campaign"), is_editable=True, is_exported=True, merge=Merge.FILLED
    ),
    ContactField(
        "assigned_to", FieldKind.USER, N_("Assigned to"), is_editable=True, is_exported=True, merge=Merge.FILLED
    ),
    ContactField("extra", FieldKind.EXTRA, N_("Other fields"), is_editable=True, merge=Merge.JOINED),
    ContactField("attempts", FieldKind.NUMBER, N_("Attempts"), is_exported=True, merge=Merge.SUMMED),
    ContactField("last_called_at", FieldKind.INSTANT, N_("Last call"), is_exported=True, merge=Merge.LATEST),
    ContactField("last_called_by", FieldKind.USER, N_("Last called by"), merge=Merge.LATEST),
    ContactField("next_call_at", FieldKind.INSTANT, N_("Next call"), is_editable=True, is_exported=True),
    ContactField(
        "zone",
        FieldKind.ZONE,
        N_("Time zone"),
        64,
        is_editable=True,
        headings="zona, zona horaria, huso, huso horario, time zone, timezone, tz",
        is_exported=True,
        merge=Merge.FILLED,
    ),
    ContactField("do_not_call", FieldKind.FLAG, N_("Do not call"), is_exported=True, merge=Merge.EITHER),
    ContactField("merged_into", FieldKind.CONTACT, N_("Merged into")),
    ContactField("status_reason", FieldKind.TEXT, N_("Reason"), 200, is_editable=True, is_exported=True),
)
"""In their order on the wire, between a contact's id and its version."""

BY_NAME: Mapping[str, ContactField] = {field.name: field for field in FIELDS}
EDITABLE = tuple(field.name for field in FIELDS if field.is_editable)
"""The fields that people edit; everything else on a contact is the server's."""


def names_of(*kinds: FieldKind, editable: bool = False) -> tuple[str, ...]:
    """The fields of these kinds; with `editable` those of them that people edit."""
    return tuple(field.name for field in FIELDS if field.kind in kinds and (field.is_editable or not editable))


def with_empty_fields(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact as an older program wrote it, with every field that it did not know, empty."""
    return {**{field.name: field.empty for field in FIELDS if field.name not in contact}, **contact}
