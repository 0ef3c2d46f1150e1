"""Which column of a list goes into which field: the choices in words, and what is wrong with them. No network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.speech import Speech
from callmanager.domain.contact_fields import BY_NAME, FIELDS, FieldKind
from callmanager.domain.contacts import EXTRA_NAME_LENGTH, PHONE_LABEL_LENGTH
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

SKIP = "skip"
PHONE = "phone"
SAMPLES = 3
_NAMES: dict[str, str] = {
    SKIP: N_("Do not import"),
    PHONE: BY_NAME[PHONE].label,
    "name": BY_NAME["name"].label,
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    **{field.name: field.label for field in FIELDS if field.is_imported and field.kind is not FieldKind.LINES},
    **{field.name: field.label for field in FIELDS if field.is_imported and field.kind is FieldKind.LINES},
    "country": N_("Country or prefix"),
    "area": N_("Area code of the phone"),
    "extension": N_("Extension of the phone"),
    "phone_label": N_("What kind of phone it is"),
}
_WITH_A_NAME: dict[str, str] = {
    PHONE: N_("Another phone: %(label)s"),
    "country": N_("Country of the phone %(label)s"),
    "area": N_("Area code of the phone %(label)s"),
    "extension": N_("Extension of the phone %(label)s"),
    "phone_label": N_("What kind of phone %(label)s is"),
    "extra": N_("Field of its own: %(label)s"),
}
_OF_ANOTHER = ("extension", "country", "area")
_MANY = frozenset({SKIP, "first_name", "last_name"})
"""Several columns may go there."""


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file: where it goes, in words, and its first values."""

    name: str
    target: str
    target_name: str
    samples: tuple[str, ...]


class ColumnMapping:
    """The columns of one file. `targets` is what the server takes: a column without one is not imported."""

    def __init__(self, preview: Mapping[str, Any], speech: Speech) -> None:
        self._speech = speech
        self._kind = str(preview["kind"])
        self.columns: list[str] = list(preview["columns"])
        self._rows: list[Mapping[str, str]] = [row["cells"] for row in preview["rows"]]
        self._targets: dict[str, str] = {}
        self.take(preview["mapping"])

    @property
    def targets(self) -> dict[str, str]:
        """By column."""
        return {column: target for column, target in self._targets.items() if target != SKIP}

    @property
    def lines(self) -> list[ColumnLine]:
        """The columns in the order of the file."""
        return [
            ColumnLine(name, self._targets[name], self.name_of(self._targets[name]), self._samples(name))
            for name in self.columns
        ]

    def take(self, targets: Mapping[str, str]) -> None:
        """Put each column where a mapping says; columns that it does not name are not imported."""
        self._targets = {column: targets.get(column, SKIP) for column in self.columns}

    def fits(self, targets: Mapping[str, str]) -> bool:
        """Whether a saved mapping names columns of this file only."""
        return bool(targets) and set(targets) <= set(self.columns)

    def put(self, column: str, target: str) -> None:
        """Put one column into a field."""
        if column in self._targets:
            self._targets[column] = target

    def choices(self, column: str) -> list[tuple[str, str]]:
        """Where a column can go, and what that is called."""
        label, extra = column.strip()[:PHONE_LABEL_LENGTH].strip(), column.strip()[:EXTRA_NAME_LENGTH].strip()
        targets = [*_NAMES]
        targets[2:2] = [f"phone:{label}"] if label else []
        targets += [f"extra:{extra}"] if extra else []
        others = [target.partition(":")[2] for target in self._targets.values() if target.startswith("phone:")]
        targets += [f"{kind}:{other}" for other in dict.fromkeys(others) for kind in _OF_ANOTHER]
        present = self._targets.get(column, SKIP)
        if present not in targets:
            targets.append(present)
        return [(target, self.name_of(target)) for target in targets]

    def name_of(self, target: str) -> str:
        """A target in words."""
        kind, colon, rest = target.partition(":")
        if not colon:
            return self._speech.say(_NAMES.get(target, target))
        return self._speech.say(_WITH_A_NAME.get(kind, _WITH_A_NAME["extra"]), label=rest)

    def check(self) -> None:
        """Raises Invalid when no column holds phones, or two go to the same field."""
        given = self.targets
        if self._kind != "json" and not any(target.partition(":")[0] == PHONE for target in given.values()):
            raise self._no_phone()
        for target, count in Counter(given.values()).items():
            if count > 1 and target not in _MANY and not target.startswith("phone:"):
                raise Invalid(
                    "mapping_repeated_target",
                    N_("Two columns go to %(target)s. Choose one of them."),
                    target=self.name_of(target),
                )

    def _no_phone(self) -> Invalid:
        if self._kind == "csv" and len(self.columns) == 1:
            return Invalid(
                "file_one_column",
                N_(
                    "The list has one column only (%(column)s), and it holds no phones. If there should be more, say "
                    "what separates the cells, or save the list again as Excel workbook (.xlsx)."
                ),
                column=self.columns[0][:60],
            )
        return Invalid("mapping_no_phone", N_("No column holds the phone numbers. Say which one does."))

    def _samples(self, column: str) -> tuple[str, ...]:
        return tuple(" ".join(row.get(column, "").split()) for row in self._rows[:SAMPLES])
