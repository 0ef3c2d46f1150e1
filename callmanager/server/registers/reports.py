"""What a file of a register did, or would do, counted line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from callmanager.domain.errors import Invalid

SHOWN = 1_000
COUNTS = (
    *("rows", "numbers", "unreadable", "repeated", "unclear", "days_unread"),
    *("new", "same", "changed", "gone", "contacts_barred", "contacts_freed"),
)


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a row was not read. `message` is a msgid that `params` fill; `row` is its number as people see it there."""

    row: int
    code: str
    message: str
    params: Mapping[str, Any]

    @classmethod
    def of(cls, row: int, error: Invalid) -> Unread:
        params = {key: value if isinstance(value, int) else str(value)[:200] for key, value in error.params.items()}
        return cls(row, error.code, error.message, params)


@dataclass(slots=True)
class Report:
    """Every row of the file counts: those that are `unreadable` are told by number (the first SHOWN of them), the
    others hold `numbers` lines. numbers = new + same + changed.

    repeated  numbers that stood in the file before
    unclear   numbers that no country has: they bar who is written in the same way
    days_unread  rows whose days could not be read: their numbers are barred without an end
    new, same, changed, gone   against what the source held; changed says something else of the line (days, reference)
    contacts_barred, contacts_freed   living or archived contacts of ours with a line that is new, or gone
    """

    rows_in_file: int = 0
    rows: int = 0
    numbers: int = 0
    unreadable: int = 0
    repeated: int = 0
    unclear: int = 0
    days_unread: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    gone: int = 0
    contacts_barred: int = 0
    contacts_freed: int = 0
    errors: list[Unread] = field(default_factory=list)

    def refuse(self, row: int, error: Invalid) -> None:
        """Count a row that could not be read."""
        self.unreadable += 1
        if len(self.errors) < SHOWN:
            self.errors.append(Unread.of(row, error))

    def to_record(self) -> dict[str, Any]:
        """As the record of the load keeps it."""
        return asdict(self)
