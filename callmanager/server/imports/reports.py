"""What an import did, counted row by row, and why rows were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.server.imports.remarks import COUNTED_AS, Remark

SHOWN_ERRORS = 200
MOST_WORDS = 100
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

    Of the rows that were taken the report counts what does not stand in a contact as the row says it, value by value
    (`remarks` are the first of them, remarks.csv has all that are kept):
    dropped_values     an earlier row says something else of the same contact
    broken_cells       a formula failed or was never calculated
    cannot_be_dialled  a number in doubt, kept as written
    unknown_statuses   words that are no status, kept as extra fields; `status_words` tells which
    stray_cells        cells beyond the header of a workbook, kept as extra fields
    `left_columns` counts the values of the columns that were not to be imported.
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
    dropped_values: int = 0
    broken_cells: int = 0
    cannot_be_dialled: int = 0
    unknown_statuses: int = 0
    stray_cells: int = 0
    status_words: Counter[str] = field(default_factory=Counter)
    left_columns: Counter[str] = field(default_factory=Counter)
    header_row: int = 0
    rows_above_header: int = 0
    sheets: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.unchanged + self.duplicates_merged + self.rejected

    @property
    def remarked(self) -> int:
        """How many remarks there are in all."""
        return self.numbers_of_others + sum(int(getattr(self, name)) for name in COUNTED_AS.values())

    def add(self, counts: Counts) -> None:
        """Count what a batch did, once it is durable."""
        for name, count in counts.figures.items():
            setattr(self, name, getattr(self, name) + count)
        for word, count in counts.status_words.items():
            if word in self.status_words or len(self.status_words) < MOST_WORDS:
                self.status_words[word] += count
        self.left_columns.update(counts.left_columns)

    def show(self, errors: list[RowError], remarks: list[Remark]) -> None:
        """Keep the first errors and remarks for the answer."""
        self.errors += errors[: SHOWN_ERRORS - len(self.errors)]
        self.remarks += remarks[: SHOWN_ERRORS - len(self.remarks)]

    def without_rows(self) -> Report:
        """A copy that can be counted on, without what is told of single rows."""
        words, columns = Counter(self.status_words), Counter(self.left_columns)
        return replace(self, errors=[], remarks=[], status_words=words, left_columns=columns)

    def to_record(self) -> dict[str, Any]:
        """The figures, as the import's record keeps them."""
        names = ("total", "rows_in_file", *COUNTS, "numbers_of_others", *COUNTED_AS.values(), "remarked")
        words = [{"word": word, "rows": rows} for word, rows in self.status_words.most_common()]
        return {
            **{name: getattr(self, name) for name in names},
            "status_words": words,
            "left_columns": dict(self.left_columns),
            "header_row": self.header_row,
            "rows_above_header": self.rows_above_header,
            "sheets": self.sheets,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """What one piece of the list adds to the report."""

    figures: Mapping[str, int]
    status_words: Counter[str] = field(default_factory=Counter)
    left_columns: Counter[str] = field(default_factory=Counter)


def _short(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)[:200]
