"""Do-not-call registers and their files, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.groups import Day, Reason
from callmanager.server.api.models.imports import ListQuery
from callmanager.server.api.models.people import Cursor, PageLimit
from callmanager.server.edges.contact_shapes import Short
from callmanager.server.edges.shapes import Wire


class RegisterQuery(ListQuery):
    """Whose file it is, and what it says of all of its numbers. Columns such as `Referencia`, `Desde` and `Vence` say
    it of each."""

    source: Annotated[Short, Field(description="the register; its file replaces the one before")] = ""
    dry_run: Annotated[bool, Field(description="say what would happen; change nothing")] = False
    background: Annotated[bool, Field(description="answer 202 at once; ask GET /do-not-call/loads/{id}")] = False
    reference: Reason = ""
    listed_on: Day | None = None
    expires_on: Annotated[Day, Field(description="the last day on which the numbers are barred")] | None = None


class UnreadRow(Wire):
    """Why a row was not read; `row` is its number as people see it in the file."""

    row: int
    code: str
    detail: str


class RegisterReport(Wire):
    """numbers = new + same + changed, against what the register held before, of which `gone` are not in the file.

    `unreadable` are rows; `errors` tells of the first 1,000. `unclear` are numbers that no country has: they bar
    whoever is written alike. `contacts_barred` and `contacts_freed` have a line that is new, or gone; something else
    may bar them, too, and they may have another line.
    """

    rows_in_file: int
    rows: int
    numbers: int
    unreadable: int
    repeated: int
    unclear: int
    days_unread: Annotated[int, Field(description="rows whose days cannot be read: barred without an end")]
    new: int
    same: int
    changed: int
    gone: int
    contacts_barred: int
    contacts_freed: int
    errors: list[UnreadRow]


class RegisterLoad(Wire):
    """A file of a register. `marking`: it is in force, and the marks of contacts follow; `unmarking`: an undo is."""

    id: int
    register_id: int
    source: str
    state: Literal["running", "marking", "done", "failed", "unmarking", "undone"]
    file_name: str
    previous_id: Annotated[int, Field(description="the file that it replaced; 0 for none")]
    report: RegisterReport
    progress: Annotated[list[int] | None, Field(description="done and total, of one file that is loaded just now")] = (
        None
    )
    created_by: int
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class RegisterStarted(Wire):
    id: int
    state: Literal["running"]


class RegisterLoads(RootModel[list[RegisterLoad]]):
    """A page of files, newest first."""


class Register(Wire):
    """A source of numbers never to call. `is_old`: its file was loaded more than 30 days ago, so a newer one is due."""

    id: int
    name: str
    numbers: int
    loaded_at: datetime | None
    load_id: Annotated[int, Field(description="the file that is in force; 0 for none")]
    age_days: int | None
    is_old: bool
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class Registers(RootModel[list[Register]]):
    """Every register, by name."""


class LoadsQuery(Wire):
    limit: PageLimit = 100
    cursor: Cursor | None = None
