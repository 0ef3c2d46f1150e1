"""Calls and what came of them, as they look on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.contacts import Contact
from callmanager.server.edges.call_shapes import Ago, Call, Result, Step
from callmanager.server.edges.contact_shapes import Id, Short, Text
from callmanager.server.edges.shapes import Instant, Wire

__all__ = ["Call"]

Token = Annotated[int, Field(ge=1, le=10**15 - 1)]
Cursor = Annotated[str, Field(max_length=60)]
Page = Annotated[int, Field(ge=1, le=1_000)]
Driver = Annotated[str, Field(min_length=1, max_length=40)]


class CallGiven(Wire):
    """A call to be made, under the caller's lease of the contact. `anyway`: he was warned of this number and calls it
    all the same; `override_reason`: why a manager calls somebody who is on the do-not-call list, outside
    calling hours, or more often than the office lets."""

    contact_id: Id
    lease_token: Token
    number: Short
    driver: Driver
    anyway: bool = False
    override_reason: Text = ""


class StepsTold(Wire):
    """Steps in the order in which they happened. What is known already changes nothing."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=50)]


class OutcomeGiven(Wire):
    """What came of a call. `callback_at`: when to call back; `anyway`: whoever called was asked whether it is so.

    `bars`: of an outcome that wants no calls, whether the line alone or the person alone is meant. Without it the
    person is barred and, where nobody else is reached on it, the line.
    """

    disposition: Short
    note: Text = ""
    callback_at: Instant | None = None
    anyway: bool = False
    bars: Literal["line", "person"] | None = None


class OutcomeTold(OutcomeGiven):
    """What came of one's own call, said `ago` seconds before it is sent: what waited for the server meanwhile is no
    work after the call."""

    ago: Ago = 0.0


class LoggedGiven(OutcomeGiven):
    """A call that was made on another phone. `talk_seconds` null: nobody answered."""

    contact_id: Id
    lease_token: Token | None = None
    number: Short
    started_at: Instant
    talk_seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None


class CallQuery(Wire):
    """Which calls, newest first. `from` and `to` are about when they began."""

    contact_id: Id | None = None
    user_id: Id | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    open: Annotated[bool, Field(description="only those that are up, or wait for what came of them")] = False
    limit: Page = 100
    cursor: Cursor | None = None


class CallPageQuery(Wire):
    limit: Page = 100
    cursor: Cursor | None = None


class CallExportQuery(Wire):
    """Calls that began between two instants, as a table."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    format: Literal["csv", "xlsx"] = "csv"


class Calls(RootModel[list[Call]]):
    """Calls, newest first."""


class Concluded(Wire):
    """A call and its contact after what came of it was said or taken back. `contact` is null for somebody who may not
    see it any more; `set_id` names the change set."""

    call: Call
    contact: Contact | None
    set_id: int


class CallSums(Wire):
    """What calls add up to. `attempts`: those that were dialled; `contacts`: those whose disposition says that somebody
    of the contact was reached. Talk of calls whose states were only assumed stands apart."""

    attempts: int
    contacts: int
    answered: int
    talk_seconds: float
    talk_seconds_estimated: float
    wrap_up_seconds: float
    results: dict[Result, int]
    dispositions: dict[str, int]
