"""Imports, exports and saved mappings, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.contacts import ContactFilters
from callmanager.server.edges.contact_shapes import Id, Short
from callmanager.server.edges.shapes import Wire

State = Literal["running", "done", "cancelled", "failed", "undone"]
Targets = Annotated[dict[str, Short], Field(max_length=200)]


class ListQuery(Wire):
    """How to read the list. In a form (multipart) the same names may stand beside `file`."""

    mapping: (
        Annotated[
            str,
            Field(max_length=50_000, description='JSON `{"column": "target"}`, or the name of a saved mapping'),
        ]
        | None
    ) = None
    sheet: Annotated[Short, Field(description="of a workbook; without it the first that holds rows")] | None = None
    file_name: Short = ""


class ImportQuery(ListQuery):
    """What to do with the list."""

    dry_run: Annotated[bool, Field(description="say what would happen; change nothing")] = False
    background: Annotated[bool, Field(description="answer 202 at once; ask GET /imports/{id} for progress")] = False
    policy: Annotated[
        Literal["update", "skip", "create"], Field(description="for a row whose number a contact already bears")
    ] = "update"
    team_id: Id | None = None
    campaign_id: Id | None = None


class ImportProblem(Wire):
    """Why a row was refused; `row` is its number as people see it in the file."""

    row: int
    field: str
    code: str
    detail: str


class Figures(Wire):
    """Every row is counted once: total = inserted + updated + unchanged + duplicates_merged + rejected."""

    import_id: int | None
    state: State
    total: int
    rows_in_file: int
    inserted: int
    updated: int
    unchanged: int
    duplicates_merged: int
    rejected: int
    numbers_of_others: Annotated[int, Field(description="further numbers left out, since another contact bears them")]
    errors: Annotated[list[ImportProblem], Field(description="the first 200; the others stand in rejected.csv")]
    errors_omitted: int


class ImportReport(Figures):
    """What an import did, or with `dry_run` would do."""


class ImportStarted(Wire):
    """The import runs; `Location` leads to its state."""

    import_id: int
    state: Literal["running"]


class Import(Figures):
    """An import as it stands. While something is being done with it, `doing` says what and `progress` how far it is."""

    file_name: str
    options: dict[str, Any]
    doing: Literal["import", "undo"] | None
    progress: Annotated[list[int], Field(description="done and total: rows, or batches of an undo")] | None
    undone: int | None = None
    kept_contacts: int | None = None
    created_by: int
    created_at: datetime
    updated_at: datetime


class Imports(RootModel[list[Import]]):
    """Imports, newest first; their errors are in GET /imports/{id}."""


class ImportsQuery(Wire):
    limit: Annotated[int, Field(ge=1, le=1_000)] = 50
    cursor: Id | None = None


class KeptContact(Wire):
    contact_id: int
    fields: list[str]


class ImportUndone(Wire):
    """How many contacts went back whole; `kept` names what people changed since, which stayed (the first 1,000)."""

    import_id: int
    state: Literal["undone"]
    undone: int
    kept: list[KeptContact]
    kept_contacts: int


class Cancelling(Wire):
    import_id: int
    state: Literal["cancelling"]


class PreviewRow(Wire):
    row: int
    cells: dict[str, str]
    code: str | None
    detail: str | None


class Preview(Wire):
    """What a list holds, and which field each column was taken for."""

    kind: Literal["csv", "xlsx", "json"]
    encoding: str | None
    separator: str | None
    sheet: str | None
    has_header: bool
    columns: list[str]
    mapping: dict[str, str]
    rows_in_file: int
    rows: Annotated[list[PreviewRow], Field(description="the first 20")]


class MappingGiven(Wire):
    name: Short
    columns: Targets


class Mapping(Wire):
    id: int
    name: str
    columns: dict[str, str]
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class Mappings(RootModel[list[Mapping]]):
    """Every saved mapping, by name."""


class ExportQuery(ContactFilters):
    """Which contacts, and how they are to be written. Everything that the filter finds comes, whatever the number."""

    format: Literal["csv", "xlsx", "json"] = "csv"
