"""What an import tells of rows that it took: values that stand nowhere now, and what somebody should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.domain.texts import N_

VALUE_DROPPED = "value_dropped"
NUMBER_OF_OTHERS = "number_of_others"
CELL_BROKEN = "cell_broken"
CANNOT_BE_DIALLED = "cannot_be_dialled"
STATUS_UNKNOWN = "status_unknown"
STRAY_CELL = "stray_cell"

MESSAGES: Mapping[str, str] = {
    VALUE_DROPPED: N_("Left out: an earlier row of the list says something else of this contact."),
    NUMBER_OF_OTHERS: N_("Left out: another contact has this number."),
    CELL_BROKEN: N_("Left out: the formula in this cell failed or was never calculated."),
    CANNOT_BE_DIALLED: N_("Kept as it is written: this is no number that can be dialled for certain."),
    STATUS_UNKNOWN: N_("Kept as a field of its own: there is no such status."),
    STRAY_CELL: N_("Kept as a field of its own: the cell stands beyond the header."),
}
"""By code."""

COUNTED_AS: Mapping[str, str] = {
    VALUE_DROPPED: "dropped_values",
    CELL_BROKEN: "broken_cells",
    CANNOT_BE_DIALLED: "cannot_be_dialled",
    STATUS_UNKNOWN: "unknown_statuses",
    STRAY_CELL: "stray_cells",
}
"""The figure of the report that counts a code; `numbers_of_others` is counted by the planner."""

MOST_VALUE_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Remark:
    """`contact_id` is None in a dry run, where the contact may not exist yet; `contact` is its name or number."""

    row: int
    code: str
    field: str
    value: str
    contact_id: int | None
    contact: str

    @property
    def message(self) -> str:
        """A msgid."""
        return MESSAGES.get(self.code, "")

    def to_record(self) -> dict[str, Any]:
        """As it is kept beside the import, under its row."""
        return {
            "code": self.code,
            "field": self.field,
            "value": self.value,
            "contact_id": self.contact_id,
            "contact": self.contact,
        }

    @classmethod
    def from_record(cls, row: int, kept: Mapping[str, Any]) -> Remark:
        return cls(row, kept["code"], kept["field"], kept["value"], kept["contact_id"], kept["contact"])
