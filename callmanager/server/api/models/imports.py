"""Imports, exports and saved mappings, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.contacts import ContactFilters
from callmanager.server.edges.contact_shapes import Id, Short
from callmanager.server.edges.shapes import Wire

State = Literal["running", "done", "cancelled", "failed", "undone"]
Encoding = Literal["utf-8", "cp1252", "mac_roman", "cp850", "utf-16"]
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
    sheet: (
        Annotated[Short, Field(description="of a workbook; without it the first that has a column of phones")] | None
    ) = None
    header_row: (
        Annotated[int, Field(ge=0, le=2_000_000, description="number of the row that names the columns; 0: none does")]
        | None
    ) = None
    encoding: Annotated[Encoding, Field(description="of a CSV; without it the letters tell")] | None = None
    separator: Annotated[Literal[",", ";", "|", "tab"], Field(description="of a CSV")] | None = None
    skip_hidden: Annotated[bool, Field(description="leave out rows that are hidden in the workbook")] = False
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
    statuses: (
        Annotated[
            str,
            Field(
                max_length=20_000, description='JSON `{"word of the list": "STATUS"}`; over those of a saved mapping'
            ),
        ]
        | None
    ) = None
    strict_statuses: Annotated[
        bool, Field(description="refuse a row whose status is not known; else the word becomes an extra field")
    ] = False


class ImportProblem(Wire):
    """Why a row was refused; `row` is its number as people see it in the file."""

    row: int
    field: str
    code: str
    detail: str


class ImportRemark(Wire):
    """What is to be told of a row that was taken. `field` is a field or an extra field, `value` what the row says."""

    row: int
    code: Literal[
        "value_dropped", "number_of_others", "cell_broken", "cannot_be_dialled", "status_unknown", "stray_cell"
    ]
    field: str
    value: str
    contact_id: int | None
    contact: str
    detail: str


class StatusWord(Wire):
    """A word of the list that is no status, and in how many rows it stands."""

    word: str
    rows: int


class Sheet(Wire):
    """A sheet of a workbook: its rows that hold something, and how many of these are hidden."""

    name: str
    rows: int
    hidden_rows: int
    is_visible: bool
    is_read: bool


class Figures(Wire):
    """Every row is counted once: total = inserted + updated + unchanged + duplicates_merged + rejected. What follows
    `numbers_of_others` counts values, and is absent from imports of before."""

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
    dropped_values: Annotated[int, Field(description="an earlier row says something else of the contact")] = 0
    broken_cells: Annotated[int, Field(description="formulas that failed or were never calculated: left out")] = 0
    cannot_be_dialled: Annotated[int, Field(description="numbers in doubt, kept as written")] = 0
    unknown_statuses: Annotated[int, Field(description="words that are no status, kept as extra fields")] = 0
    stray_cells: Annotated[int, Field(description="cells beyond the header of a workbook: extra fields")] = 0
    remarked: Annotated[int, Field(description="remarks in all")] = 0
    status_words: Annotated[list[StatusWord], Field(default_factory=list)]
    left_columns: Annotated[
        dict[str, int], Field(default_factory=dict, description="values of columns that were not to be imported")
    ]
    header_row: Annotated[int, Field(description="0: the list has none")] = 0
    rows_above_header: int = 0
    sheets: Annotated[list[Sheet], Field(default_factory=list)]
    remarks: Annotated[
        list[ImportRemark], Field(default_factory=list, description="the first 200; the others stand in remarks.csv")
    ]
    remarks_omitted: int = 0
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


class HeadRow(Wire):
    row: int
    cells: list[str]


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
    header_row: Annotated[int, Field(description="number of the row that names the columns; 0: none does")]
    rows_above_header: int
    head: Annotated[list[HeadRow], Field(description="the first 20 rows as they stand: which is the header?")]
    sheets: list[Sheet]
    words: Annotated[list[str], Field(description="some with letters that the encoding decides, to look at")]


class MappingGiven(Wire):
    name: Short
    columns: Targets
    statuses: Annotated[
        dict[str, Short], Field(default_factory=dict, max_length=200, description="the status that each word means")
    ]


class Mapping(Wire):
    id: int
    name: str
    columns: dict[str, str]
    statuses: Annotated[dict[str, str], Field(default_factory=dict)]
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
