"""What an import did, counted row by row, and why rows were refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.errors import Invalid

SHOWN_ERRORS = 200
COUNTS = ("inserted", "updated", "unchanged", "duplicates_merged", "rejected")

Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""


def untold(done: int, total: int) -> None:
    """Progress that nobody wants to hear."""
    del done, total


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused. `message` is a msgid that `params` fill; `row` is counted as people see it in the file."""

    row: int
    field: str
    code: str
    message: str
    params: Mapping[str, Any]

    @classmethod
    def of(cls, row: int, error: Invalid) -> RowError:
        named = error.fields.get("field", "")
        return cls(row, str(named)[:200], error.code, error.message, {k: _short(v) for k, v in error.params.items()})


@dataclass(slots=True)
class Report:
    """Every row is counted once: total = inserted + updated + unchanged + duplicates_merged + rejected.

    inserted           a new contact was made
    updated            a contact that was there before took something from the row
    unchanged          such a contact already said all of it, or the policy left it alone
    duplicates_merged  the row bears a number of an earlier row of the same list; what that one left out was added
    rejected           the row could not be taken; it comes back in rejected.csv
    Blank lines are no rows. `rows_in_file` is larger than `total` when the import did not get to the end.
    `numbers_of_others` counts further numbers of rows that were left out because another contact bears them.
    """

    import_id: int | None = None
    state: str = "done"
    rows_in_file: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates_merged: int = 0
    rejected: int = 0
    numbers_of_others: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.unchanged + self.duplicates_merged + self.rejected

    def add(self, counts: Mapping[str, int]) -> None:
        """Count what a batch did, once it is durable."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def show(self, errors: list[RowError]) -> None:
        """Keep the first errors for the answer."""
        self.errors += errors[: SHOWN_ERRORS - len(self.errors)]

    def to_record(self) -> dict[str, int]:
        """The figures, as the import's record keeps them."""
        names = ("total", "rows_in_file", *COUNTS, "numbers_of_others")
        return {name: getattr(self, name) for name in names}


def _short(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)[:200]
