"""The contact that is open and the state of its editing, shared by the parts of the card. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from callmanager.desktop.models.card.drafts import DraftKeeper
from callmanager.desktop.models.card.form import Form
from callmanager.desktop.models.card.words import Names, Sentence
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.store import Draft
from callmanager.desktop.sync_events import Status
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES

T = TypeVar("T")
Problem = CallManagerError | Sentence


class Mode(StrEnum):
    """What the user can do with the open contact."""

    EMPTY = "empty"
    READING = "reading"
    TAKING = "taking"
    EDITING = "editing"


@dataclass(frozen=True, slots=True)
class PassingNotice:
    """Something to be shown for a moment; `action` is offered with it.

    `about` names what it is about: what is told later of the same takes its place. `is_later`: it is only said in the
    place of such a one, if that still stands.
    """

    sentence: Problem
    action_label: str | None = None
    action: Callable[[], object] | None = None
    is_error: bool = False
    about: str = ""
    is_later: bool = False


class OpenCard:
    """State only. `changed` after every change of it; `told` for what passes."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self.tools, self.workplace = tools, workplace
        self.drafts = DraftKeeper(tools, workplace.store)
        self.names = Names(workplace.store.replica, tools.speech, workplace.user.region)
        self.changed: Signal[[]] = Signal()
        self.told: Signal[[PassingNotice]] = Signal()
        self.is_online = workplace.sync.status in (Status.LIVE, Status.POLLING)
        self.permissions = frozenset(permission.value for permission in ROLES[Role(workplace.user.role)])
        self.contact_id: int | None = None
        self.clear()

    def clear(self) -> None:
        """Nothing is open."""
        self.contact_id = None
        self.mode = Mode.EMPTY
        self.record: Record | None = None
        self.form: Form | None = None
        self.draft: Draft | None = None
        self.is_saving = False
        self.saved_at: str | None = None
        self.problem: Problem | None = None
        self.field_errors: dict[str, Invalid] = {}
        self.pending_note: str | None = None
        self.barred: list[str] = []
        """What of the contact is not to be called, and why, as the server last said it."""

    @property
    def is_editing(self) -> bool:
        """Whether what is typed can be saved."""
        return self.mode is Mode.EDITING

    @property
    def has_unsaved(self) -> bool:
        """Whether something typed is neither saved nor waiting to be sent."""
        return self.is_editing and self.form is not None and bool(self.form.changed)

    @property
    def is_archived(self) -> bool:
        """Whether the contact was archived."""
        return self.record is not None and self.record["archived_at"] is not None

    def may(self, permission: str) -> bool:
        """Whether the user's role has a permission; on which contacts the server says."""
        return permission in self.permissions

    def allow(self, permissions: frozenset[str]) -> None:
        """The user's role was changed while he works."""
        if permissions != self.permissions:
            self.permissions = permissions
            self.changed.emit()

    def take_in(self, record: Record) -> bool:
        """A newer state of the open contact came; whether it was newer."""
        if self.record is not None and record["seq"] < self.record["seq"]:
            return False
        self.record = record
        if self.form is not None:
            self.form.follow(record)
        return True

    def keep_draft(self) -> None:
        """What is typed now has to survive the program."""
        if self.contact_id is None or self.form is None:
            return
        if self.form.changed:
            self.drafts.keep(self.contact_id, self.form.to_draft(), self.form.version)
        else:
            self.drafts.drop(self.contact_id)

    def read_only(self) -> None:
        """Editing is over; what was typed and not saved stays as a draft that is offered."""
        had_unsaved = self.has_unsaved
        self.keep_draft()
        self.mode, self.form, self.is_saving, self.field_errors = Mode.READING, None, False, {}
        self.draft = self.drafts.find(self.contact_id) if had_unsaved and self.contact_id is not None else None

    def run(
        self, work: Callable[[], T], then: Callable[[T], object], failed: Callable[[CallManagerError], object]
    ) -> None:
        """Long work for the open contact. When another is open by then, nobody is told of its end."""
        contact_id = self.contact_id

        def tell(listener: Callable[..., object]) -> Callable[..., object]:
            return lambda result: listener(result) if self.contact_id == contact_id else None

        self.tools.background.run(work, tell(then), tell(failed))

    def fail(self, error: CallManagerError) -> None:
        """Show what was refused until something else happens."""
        self.is_saving = False
        self.problem = error
        self.changed.emit()

    def tell(
        self,
        sentence: Problem,
        action_label: str | None = None,
        action: Callable[[], object] | None = None,
        *,
        is_error: bool = False,
    ) -> None:
        """Show something for a moment."""
        self.told.emit(PassingNotice(sentence, action_label, action, is_error))

    def now(self) -> str:
        """The present instant, as wire time."""
        return to_wire(self.tools.clock.now())
