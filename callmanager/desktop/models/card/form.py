"""What the user has typed over a contact, field by field, and the contact that it was typed over. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Self

from callmanager.desktop.models.card.words import local_time, parse_local_time
from callmanager.desktop.wire import Record
from callmanager.domain.contact_fields import EDITABLE, RECORDS, TEXTS, FieldKind, names_of
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

Values = dict[str, Any]
CHOICES = names_of(FieldKind.STATUS, *RECORDS, editable=True)
_PLAIN = (*names_of(*TEXTS, editable=True), *CHOICES)
_ZONES = names_of(FieldKind.ZONE, editable=True)
_INSTANTS = names_of(FieldKind.INSTANT, editable=True)


def typed_values(record: Mapping[str, Any]) -> Values:
    """A contact as it stands in the fields of a form: phones and extra fields as rows, dates as local text."""
    values: Values = {name: record[name] for name in _PLAIN}
    values.update({name: record[name] or "" for name in _ZONES})
    values["phones"] = [{"number": phone["number"], "label": phone["label"]} for phone in record["phones"]]
    values["extra"] = [[name, text] for name, text in record["extra"].items()]
    values.update({name: local_time(record[name]) for name in _INSTANTS})
    return values


class Form:
    """The fields of one contact. `disturbed` holds what others wrote meanwhile into fields that were typed here."""

    def __init__(self, record: Record) -> None:
        self.version: int = record["version"]
        self._base = typed_values(record)
        self._values = deepcopy(self._base)
        self.disturbed: Values = {}

    @classmethod
    def resumed(cls, record: Record, draft: Mapping[str, Any], version: int | None) -> Self:
        """The form with a kept draft over the contact as it stands now."""
        form = cls(record)
        for name, value in draft["values"].items():
            if name in form._values:
                form._values[name], form._base[name] = value, draft["base"].get(name)
        form.version = version or form.version
        form.follow(record)
        return form

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    @property
    def changed(self) -> dict[str, Any]:
        """The fields that are not as they were."""
        return {name: value for name, value in self._values.items() if value != self._base[name]}

    def put(self, name: str, value: Any) -> bool:
        """The user typed; whether that changed anything."""
        if self._values[name] == value:
            return False
        self._values[name] = deepcopy(value)
        return True

    def follow(self, record: Record) -> None:
        """The contact is another now: fields that were not typed show it, the others are kept and marked."""
        now, changed = typed_values(record), self.changed
        for name, value in now.items():
            if name not in changed or changed[name] == value:
                self._base[name], self._values[name] = value, deepcopy(value)
                self.disturbed.pop(name, None)
            elif value != self._base[name]:
                self.disturbed[name] = value
        if not self.disturbed:
            self.version = max(self.version, record["version"])

    def accept(self, sent: Mapping[str, Any], record: Record) -> None:
        """The server has saved what was `sent`; what was typed since stays typed."""
        now = typed_values(record)
        for name, value in sent.items():
            self.disturbed.pop(name, None)
            self._base[name] = now[name]
            if self._values[name] == value:
                self._values[name] = deepcopy(now[name])
        self.version = record["version"]
        self.follow(record)

    def note_sent(self, name: str) -> None:
        """What is typed in a field is on its way to the server and needs no draft any more."""
        self._base[name] = deepcopy(self._values[name])
        self.disturbed.pop(name, None)

    def settle(self, chosen: Mapping[str, Any], theirs: Mapping[str, Any], version: int) -> None:
        """The user has chosen among versions in dispute; `theirs` is what the contact holds at `version`."""
        for name, value in theirs.items():
            self._base[name] = value
            self._values[name] = deepcopy(chosen[name])
        self.disturbed.clear()
        self.version = version

    def to_draft(self) -> dict[str, Any]:
        """What has to be kept to go on later."""
        changed = self.changed
        return {"values": changed, "base": {name: self._base[name] for name in changed}}

    def to_wire(self) -> dict[str, Any]:
        """The changed fields as the server takes them. Raises Invalid that names the field."""
        return {name: to_wire_value(name, value) for name, value in self.changed.items()}


def to_wire_value(name: str, value: Any) -> Any:
    """One typed value as the server takes it. Raises Invalid."""
    if name in _INSTANTS:
        return parse_local_time(value)
    if name in _ZONES:
        return value.strip() or None
    if name == "phones":
        return _phones(value)
    return _extra(value) if name == "extra" else value


def field_of(error: Invalid) -> str | None:
    """The field of the form that a refusal is about, when it says so."""
    named = str(error.fields.get("field", "")).split(".")[0]
    named = "phones" if named == "phone" else named
    return named if named in EDITABLE else None


def _phones(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    filled = [{"number": row["number"].strip(), "label": row["label"].strip()} for row in rows if row["number"].strip()]
    if not filled:
        raise Invalid("phone_missing", N_("A contact needs at least one phone number."), fields={"field": "phones"})
    return filled


def _extra(rows: list[list[str]]) -> dict[str, str]:
    if any(text.strip() and not name.strip() for name, text in rows):
        raise Invalid("extra_unnamed", N_("Give every other field a name."), fields={"field": "extra"})
    return {name.strip(): text for name, text in rows if name.strip()}
