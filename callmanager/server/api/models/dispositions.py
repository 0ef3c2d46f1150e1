"""What can come of a call, as it looks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.domain.dispositions import CODE_LENGTH, NAME_LENGTH
from callmanager.domain.retries import DELAYS, LONGEST_SECONDS, MOST_ATTEMPTS, SHORTEST_SECONDS
from callmanager.server.edges.shapes import Wire

Final = Literal["no", "campaign", "always"]
NumberMark = Literal["", "wrong", "nonexistent"]
Callback = Literal["no", "suggested", "required"]
Seconds = Annotated[int, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)]
Name = Annotated[str, Field(max_length=NAME_LENGTH * 4)]


class RetryRule(Wire):
    """When a contact is tried again; empty: not by itself. Both are given, or neither.

    The last of the delays repeats. `next_day` is the next day of the contact's calendar at the same wall time, not
    before 09:00. `most` says how many times it is tried again at most.
    """

    delays: Annotated[list[Seconds | Literal["next_day"]], Field(min_length=1, max_length=DELAYS)] = Field(
        default_factory=list
    )
    most: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] = 1


class DispositionEdited(Wire):
    """What may be set. One that is taken out of use gives its key up."""

    name: Name = Field("", description="empty for the program's own ones: their name follows the language")
    contact: bool = Field(False, description="somebody of the contact was reached")
    positive: bool = False
    sale: bool = False
    final: Final = Field("no", description="not called any more: in this campaign, or for good")
    do_not_call: bool = Field(False, description="puts the number on the do-not-call list")
    number_mark: NumberMark = ""
    callback: Callback = "no"
    needs_note: bool = False
    retry: RetryRule = Field(default_factory=RetryRule)
    priority: Annotated[int, Field(ge=0, le=99)] | None = Field(None, description="lower is offered first; null: never")
    key: Annotated[int, Field(ge=1, le=9)] | None = None
    ask_below_seconds: Annotated[int, Field(ge=0, le=600)] = 0
    position: Annotated[int, Field(ge=1, le=10_000)] = 1
    active: bool = True

    def fields(self) -> dict[str, Any]:
        """What the caller gave, and only that."""
        return self.model_dump(exclude_unset=True)


class DispositionGiven(DispositionEdited):
    """A new one. Its code is what contacts, calls and lists bear, and never changes."""

    code: Annotated[str, Field(max_length=CODE_LENGTH * 2)]


class DispositionRecord(Wire):
    id: int
    code: str
    position: int
    name: Annotated[str, Field(description="as managers have named it; empty for the program's own name")]
    contact: bool
    positive: bool
    sale: bool
    final: Final
    do_not_call: bool
    number_mark: NumberMark
    callback: Callback
    needs_note: bool
    retry: RetryRule
    priority: int | None
    key: int | None
    ask_below_seconds: int
    active: bool
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class Names(Wire):
    es: str
    en: str


class Disposition(DispositionRecord):
    """With what it is called in each language."""

    names: Names


class Dispositions(RootModel[list[Disposition]]):
    """All of them in their order, those out of use too."""
