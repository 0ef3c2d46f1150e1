"""The columns of the list: which there are, and which of them this user sees, in which order and how wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.contact_fields import BY_NAME, TEXTS, FieldKind, names_of
from callmanager.domain.texts import N_


@dataclass(frozen=True, slots=True)
class ListColumn:
    """`sort` is the order of the store that its heading asks for; none: it cannot be sorted by."""

    id: str
    title: str
    width: int
    sort: str | None = None
    is_shown: bool = True


_SHOWN_OTHERWISE = ("phone", "name", "note")
OTHER_TEXTS = tuple(name for name in names_of(*TEXTS, FieldKind.ZONE) if name not in _SHOWN_OTHERWISE)
"""Fields that are shown as they are written."""
_WIDTHS = {"email": 180}

COLUMNS = (
    ListColumn("badge", N_("Now"), 100),
    ListColumn("name", N_("Name"), 200, "name"),
    ListColumn("phone", N_("Phone"), 150, "phone"),
    ListColumn("status", N_("Status"), 160, "status"),
    ListColumn("campaign", N_("Campaign"), 140, "campaign"),
    ListColumn("assigned", N_("Assigned to"), 112, "assigned"),
    ListColumn("last_call", N_("Last call"), 130, "last_called_at"),
    ListColumn("next_call", N_("Next call"), 130, "next_call_at"),
    ListColumn("note", N_("Note"), 220),
    *(ListColumn(name, BY_NAME[name].label, _WIDTHS.get(name, 160), is_shown=False) for name in OTHER_TEXTS),
    ListColumn("team", N_("Team"), 110, "team", is_shown=False),
    ListColumn("attempts", N_("Attempts"), 80, is_shown=False),
    ListColumn("updated", N_("Changed"), 140, "updated_at", is_shown=False),
)
_BY_ID = {column.id: column for column in COLUMNS}
LEAST_WIDTH, MOST_WIDTH = 40, 900


@dataclass(frozen=True)
class ColumnChoice:
    """`shown` in their order, and widths in pixels at 100 % of those that were changed."""

    shown: tuple[str, ...] = tuple(column.id for column in COLUMNS if column.is_shown)
    widths: Mapping[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> list[ListColumn]:
        """Those that are shown."""
        return [_BY_ID[name] for name in self.shown]

    def width_of(self, column: ListColumn) -> int:
        return self.widths.get(column.id, column.width)

    def to_memory(self) -> dict[str, Any]:
        return {"shown": list(self.shown), "widths": dict(self.widths)}

    @classmethod
    def from_memory(cls, kept: Any) -> ColumnChoice:
        """What was remembered, without what an older or a newer program called otherwise."""
        if not isinstance(kept, Mapping):
            return cls()
        shown = check_columns(kept.get("shown", ()))
        given = kept.get("widths")
        widths = {
            name: max(LEAST_WIDTH, min(MOST_WIDTH, width))
            for name, width in (given if isinstance(given, Mapping) else {}).items()
            if name in _BY_ID and isinstance(width, int)
        }
        return cls(shown or cls.shown, widths)


def check_columns(names: Any) -> tuple[str, ...]:
    """The names that are columns, each once."""
    given: Sequence[Any] = names if isinstance(names, list | tuple) else ()
    return tuple(dict.fromkeys(name for name in given if name in _BY_ID))
