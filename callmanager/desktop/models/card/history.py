"""What happened to the open contact, field by field and in words; puts one value back, or takes a change set back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.open_card import OpenCard
from callmanager.desktop.models.card.undoing import Undoing
from callmanager.desktop.models.card.words import local_time, sentence
from callmanager.desktop.observing import Signal
from callmanager.desktop.wire import Record
from callmanager.domain.contact_fields import EDITABLE
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

PAGE = 50
KINDS: dict[str, str] = {
    "created": N_("Created"),
    "updated": N_("Changed"),
    "deleted": N_("Archived"),
    "restored": N_("Restored"),
}
ORIGINS: dict[str, str] = {"import": N_("by import"), "undo": N_("by undoing"), "merge": N_("by merging")}
_BULK = frozenset({"import"})
"""Sets of many contacts: they are taken back where they were made, not from one contact."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One field of one change. `key` tells lines apart."""

    key: str
    seq: int
    set_id: int
    field: str
    when: str
    who: str
    what: str
    label: str
    old: str
    new: str
    can_restore: bool
    can_undo: bool


class HistoryModel:
    """Made for the open contact; `lines` newest first, a page at a time."""

    def __init__(self, card: OpenCard, undoing: Undoing) -> None:
        self._card, self._undoing = card, undoing
        self._changes: list[dict[str, Any]] = []
        self.is_loading = False
        self.has_more = False
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()
        self.load()

    @property
    def lines(self) -> list[HistoryLine]:
        """What is known so far."""
        return [self._line(change, name, *values) for change in self._changes for name, values in _fields(change)]

    def load(self) -> None:
        """Read the newest page anew."""
        self._ask(None)

    def load_more(self) -> None:
        """Read the next older page."""
        if self.has_more and self._changes:
            self._ask(self._changes[-1]["seq"])

    def restore(self, line: HistoryLine) -> None:
        """Give the field the value back that it had before this change."""
        card = self._card
        if not line.can_restore or card.record is None:
            return
        contact_id, version = card.record["id"], card.record["version"]
        given = {"seq": line.seq, "field": line.field, "to": "old"}
        lease = card.workplace.held.find(contact_id)
        card.run(
            lambda: (
                card.workplace.remote.ask(
                    "POST", f"/contacts/{contact_id}/restore-value", body=given, version=version, lease=lease
                ).body
            ),
            self._restored,
            self._failed,
        )

    def undo(self, line: HistoryLine) -> None:
        """Take the whole change set back."""
        if line.can_undo:
            self._undoing.undo_set(line.set_id, self.load)

    def _ask(self, before: int | None) -> None:
        card, self.is_loading, self.problem = self._card, True, None
        contact_id = card.contact_id
        query = {"limit": PAGE} if before is None else {"limit": PAGE, "cursor": before}
        card.run(
            lambda: card.workplace.remote.ask("GET", f"/contacts/{contact_id}/history", query=query).body,
            lambda found: self._take(found, is_first=before is None),
            self._failed,
        )
        self.changed.emit()

    def _take(self, found: list[dict[str, Any]], *, is_first: bool) -> None:
        self._changes = found if is_first else self._changes + found
        self.is_loading, self.has_more = False, len(found) == PAGE
        self.changed.emit()

    def _restored(self, record: Record) -> None:
        card = self._card
        is_another = card.record is not None and record["version"] != card.record["version"]
        card.take_in(record)
        if is_another:
            self._undoing.note(record, N_("The value was put back."))
        else:
            card.tell(sentence(N_("The contact has that value already.")))
        card.changed.emit()
        self.load()

    def _failed(self, error: CallManagerError) -> None:
        self.is_loading, self.problem = False, error
        self.changed.emit()

    def _line(self, change: dict[str, Any], field: str, old: Any, new: Any) -> HistoryLine:
        card, say = self._card, self._card.tools.speech.say
        origin = ORIGINS.get(change["origin"])
        what = say(KINDS.get(change["kind"], change["kind"]))
        is_here = card.record is not None and change["record_id"] == card.record["id"]
        return HistoryLine(
            key=f"{change['seq']}.{field}",
            seq=change["seq"],
            set_id=change["set_id"],
            field=field,
            when=local_time(change["at"]),
            who=change["actor"]["name"],
            what=what if origin is None else f"{what} {say(origin)}",
            label=card.names.field(field),
            old=card.names.value(field, old),
            new=card.names.value(field, new),
            can_restore=is_here and self._may_edit() and field in EDITABLE and change["kind"] == "updated",
            can_undo=card.is_online and self._may_undo(change),
        )

    def _may_edit(self) -> bool:
        return self._card.is_online and not self._card.is_archived and self._card.may("contact:edit")

    def _may_undo(self, change: dict[str, Any]) -> bool:
        is_mine = change["actor"]["id"] == self._card.workplace.user.user_id
        may = self._card.may("change:undo_own" if is_mine else "change:undo_others")
        return may and change["origin"] not in _BULK


def _fields(change: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """The fields that say something: a creation fills only some."""
    shown = [
        (name, values) for name, values in change["fields"].items() if not (values[0] in _EMPTY and values[1] in _EMPTY)
    ]
    return shown or [("", [None, None])]


_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)
