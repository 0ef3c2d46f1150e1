"""Joins the open contact with another that is the same person, after a preview of what the result will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.open_card import OpenCard
from callmanager.desktop.models.card.undoing import Undoing
from callmanager.desktop.models.card.words import Names
from callmanager.desktop.observing import Signal
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.wire import Record
from callmanager.domain.contact_fields import FIELDS, TEXTS, Merge
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

KEPT, OTHER = "kept", "other"
CHOSEN = tuple(field.name for field in FIELDS if field.is_editable and field.merge in (Merge.KEPT, Merge.FILLED))
"""Fields that have one value: one side's, the kept contact's unless it has none."""
_FILLED_BY_OTHER = frozenset(field.name for field in FIELDS if field.merge is Merge.FILLED)
"""What the server takes from the other contact when the kept one lacks it."""
_JOINED_LINES = tuple(field.name for field in FIELDS if field.merge is Merge.JOINED and field.kind in TEXTS)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One field: both sides in words, which one stands, and whether the user can choose."""

    field: str
    kept: str
    other: str
    side: str
    is_open: bool


class MergeModel:
    """`search` and `choose_other`, then `rows` is the preview; `merged()` is told when it is done."""

    def __init__(self, card: OpenCard, undoing: Undoing) -> None:
        assert card.record is not None
        self._card, self._undoing = card, undoing
        self._sides: dict[str, str] = {}
        self.kept: Record = card.record
        self.other: Record | None = None
        self.found: list[Record] = []
        self.problem: CallManagerError | None = None
        self.is_merging = False
        self.changed: Signal[[]] = Signal()
        self.merged: Signal[[]] = Signal()

    @property
    def names(self) -> Names:
        """Values in words."""
        return self._card.names

    def search(self, text: str) -> None:
        """Look for the other contact in the replica, in the background."""
        replica, view = self._card.workplace.store.replica, ContactView(text=text)
        self._card.tools.background.run(
            lambda: replica.list_contacts(view, limit=_SHOWN + 1), self._found, self._failed, only_newest="merge.search"
        )

    def choose_other(self, contact_id: int) -> None:
        """Read both anew, so that the preview is of what will be merged."""
        remote, kept_id = self._card.workplace.remote, self.kept["id"]
        self._card.tools.background.run(
            lambda: (remote.get_contact(kept_id), remote.get_contact(contact_id)), self._show, self._failed
        )

    def choose(self, field: str, side: str) -> None:
        """Whose value stands."""
        self._sides[field] = side
        self.changed.emit()

    def swap(self) -> None:
        """Keep the other one instead."""
        if self.other is not None:
            self._show((self.other, self.kept))

    @property
    def rows(self) -> list[MergeRow]:
        """The preview of the fields with one value, as far as one of the two has one."""
        if self.other is None:
            return []
        rows = [self._row(name, self.other) for name in CHOSEN]
        return [row for row in rows if self.kept[row.field] or self.other[row.field]]

    @property
    def united(self) -> dict[str, str]:
        """The preview of what is joined: phones, notes and other fields, in words."""
        if self.other is None:
            return {}
        known = {phone["key"] for phone in self.kept["phones"]}
        phones = self.kept["phones"] + [phone for phone in self.other["phones"] if phone["key"] not in known]
        values: dict[str, Any] = {"phones": phones}
        for name in _JOINED_LINES:
            values[name] = "\n".join(dict.fromkeys(text for text in (self.kept[name], self.other[name]) if text))
        values["extra"] = {**self.other["extra"], **self.kept["extra"]}
        return {name: self.names.value(name, value) for name, value in values.items() if value}

    def merge(self) -> None:
        """Do it, as previewed; refused when one of them changed since."""
        if self.other is None or self.is_merging:
            return
        given = self._given(self.other)
        self.is_merging, self.problem = True, None
        remote = self._card.workplace.remote
        self._card.tools.background.run(
            lambda: remote.ask("POST", "/contacts/merge", body=given).body, self._done, self._failed
        )
        self.changed.emit()

    def _row(self, name: str, other: Record) -> MergeRow:
        kept_value, other_value = self.kept[name], other[name]
        shown = [self.names.value(name, value) for value in (kept_value, other_value)]
        return MergeRow(name, shown[0], shown[1], self._side(name, other), kept_value != other_value)

    def _side(self, name: str, other: Record) -> str:
        natural = OTHER if name in _FILLED_BY_OTHER and not self.kept[name] and other[name] else KEPT
        return self._sides.get(name, natural)

    def _given(self, other: Record) -> dict[str, Any]:
        held = self._card.workplace.held
        leases = {"keep_token": held.find(self.kept["id"]), "merge_token": held.find(other["id"])}
        sides = {KEPT: self.kept, OTHER: other}
        fields = {name: sides[self._side(name, other)][name] for name in self._sides if self.kept[name] != other[name]}
        return {
            "keep_id": self.kept["id"],
            "keep_version": self.kept["version"],
            "merge_id": other["id"],
            "merge_version": other["version"],
            "fields": fields,
            **{name: lease.token for name, lease in leases.items() if lease is not None},
        }

    def _found(self, found: list[Record]) -> None:
        self.found = [one for one in found if one["id"] != self.kept["id"]][:_SHOWN]
        self.changed.emit()

    def _show(self, both: tuple[Record, Record]) -> None:
        self.kept, self.other = both
        self._sides, self.problem = {}, None
        self.changed.emit()

    def _done(self, record: Record) -> None:
        self.is_merging = False
        if self._card.contact_id == record["id"]:
            self._card.take_in(record)
        self._undoing.note(record, N_("Merged."))
        self._card.changed.emit()
        self.merged.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.is_merging, self.problem = False, error
        self.changed.emit()
