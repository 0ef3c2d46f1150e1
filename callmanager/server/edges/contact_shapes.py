"""What may be set on a contact, by request or by socket event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, create_model

from callmanager.domain.contact_fields import BY_NAME, EDITABLE, RECORDS, FieldKind
from callmanager.domain.contacts import EXTRA_FIELDS, PHONES
from callmanager.domain.dispositions import NEW
from callmanager.server.edges.shapes import Instant, Wire

Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
OptionalId = Annotated[int, Field(ge=0, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=400)]


class PhoneGiven(Wire):
    number: Short
    label: Short = ""


_GIVEN_AS: Mapping[FieldKind, Any] = {
    **dict.fromkeys((FieldKind.TEXT, FieldKind.EMAIL), (Short, "")),
    FieldKind.LINES: (Text, ""),
    FieldKind.STATUS: (Short, NEW),
    FieldKind.ZONE: (Short | None, None),
    **dict.fromkeys(RECORDS, (Id | None, None)),
    FieldKind.INSTANT: (Instant | None, None),
    FieldKind.PHONES: (Annotated[list[PhoneGiven | Short], Field(min_length=1, max_length=PHONES)] | None, None),
    FieldKind.EXTRA: (Annotated[dict[str, str], Field(max_length=EXTRA_FIELDS)], Field(default_factory=dict)),
}
"""How a caller gives a field of each kind: its type and what stands when he does not."""

_EditableFields: Any = create_model(
    "_EditableFields",
    __base__=Wire,
    phone=(Short | None, None),
    **{name: _GIVEN_AS[BY_NAME[name].kind] for name in EDITABLE},
)


class ContactGiven(_EditableFields):  # type: ignore[misc]  # made from the table of fields
    """What may be set on a contact. `phone` stands for the first of `phones`; give one of the two."""

    def fields(self) -> dict[str, Any]:
        """What the caller gave, and only that. A contact always has a number, so null means none was given."""
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name not in ("phone", "phones")}
