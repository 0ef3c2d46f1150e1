"""What this PC remembers of the list, for each user of each server apart: columns, order, saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Protocol

from callmanager.desktop.models.listing.columns import ColumnChoice
from callmanager.desktop.store.contact_rows import SORTS, ContactView

MOST_VIEWS = 40


class Memory(Protocol):
    """`models.preferences.Preferences` fits."""

    def recall(self, name: str, default: Any = None) -> Any: ...

    def remember(self, name: str, value: Any) -> None: ...


class ListMemory:
    """Values that were written by another version are taken as far as they are understood."""

    def __init__(self, memory: Memory, address: str, username: str) -> None:
        self._memory, self._owner = memory, f"{address} {username}"
        self.columns = ColumnChoice.from_memory(self._recall("columns"))
        self.view = view_from_memory(self._recall("view"))
        kept = self._recall("views")
        found = kept if isinstance(kept, Mapping) else {}
        self.views = {str(name): view_from_memory(value) for name, value in found.items()}

    def keep_columns(self, columns: ColumnChoice) -> None:
        self.columns = columns
        self._remember("columns", columns.to_memory())

    def keep_order(self, view: ContactView) -> None:
        """Only the order of the list comes back at the next start: a filter would hide contacts unasked."""
        self._remember("view", {"sort": view.sort, "descending": view.descending})

    def keep_views(self, views: Mapping[str, ContactView]) -> None:
        self.views = dict(views)
        self._remember("views", {name: asdict(view) for name, view in views.items()})

    def _recall(self, name: str) -> Any:
        return self._memory.recall(f"list.{name} {self._owner}")

    def _remember(self, name: str, value: Any) -> None:
        self._memory.remember(f"list.{name} {self._owner}", value)


_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "status": (str, type(None)),
    "phone_valid": (bool, type(None)),
    "do_not_call": (bool, type(None)),
    "sort": (str,),
    "descending": (bool,),
    "is_archived": (bool,),
}
_NUMBER = (int, type(None))


def view_from_memory(kept: Any) -> ContactView:
    """A view as it was remembered."""
    given = kept if isinstance(kept, Mapping) else {}
    known = {
        field.name: given[field.name]
        for field in fields(ContactView)
        if field.name in given and isinstance(given[field.name], _KINDS.get(field.name, _NUMBER))
    }
    if known.get("sort", "name") not in SORTS:
        del known["sort"]
    return ContactView(**known)
