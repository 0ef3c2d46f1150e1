"""What whoever imports decides: the file's format and columns, what happens to known contacts, and where they go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from callmanager.domain.dispositions import check_status
from callmanager.domain.errors import Invalid
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.mapping import check_mapping
from callmanager.server.lists.rows import Kind, Reading, RowSource
from callmanager.server.storage.tables import campaigns, teams

SAMPLE_ROWS = 100


class Policy(StrEnum):
    """What happens to a row whose number a contact already bears. What a row leaves empty wipes nothing in any case."""

    UPDATE = "update"  # the contact takes what the row says
    SKIP = "skip"  # a contact from before the import stays as it is
    CREATE = "create"  # every row is a new contact


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read the list and what to do with it.

    `kind` None tells the format by its first bytes; `mapping` None guesses from the headings (lists.mapping has the
    targets). `team_id` and `campaign_id` count as if they stood in every row. `statuses` gives the status that each
    word of the list means; a word that means none is kept as an extra field, or with `strict_statuses` refuses its row.
    `sheet`, `header_row`, `encoding`, `separator` and `skip_hidden` are those of a Reading.
    """

    kind: Kind | None = None
    mapping: Mapping[str, str] | None = None
    policy: Policy = Policy.UPDATE
    team_id: int | None = None
    campaign_id: int | None = None
    dry_run: bool = False
    file_name: str = ""
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    separator: str | None = None
    skip_hidden: bool = False
    statuses: Mapping[str, str] = field(default_factory=dict)
    strict_statuses: bool = False

    @property
    def reading(self) -> Reading:
        """How the file is to be read."""
        return Reading(self.sheet, self.header_row, self.encoding, self.separator, self.skip_hidden)

    def to_record(self, mapping: Mapping[str, str]) -> dict[str, Any]:
        """What the import's record keeps of them, with the mapping that was used."""
        kept = asdict(self) | {"mapping": dict(mapping)}
        return {name: value for name, value in kept.items() if name not in ("dry_run", "file_name")}


def choose_mapping(source: RowSource, options: ImportOptions) -> dict[str, str]:
    """The target of each column: as given, or guessed. Raises Invalid when it cannot be used."""
    found = suggest_mapping(source, options)
    if options.mapping is None and source.kind != "json":  # JSON may bring its numbers as a list, which is no column
        if source.kind == "csv" and len(source.columns) == 1 and "phone" not in found.values():
            raise _one_column(source.columns[0])
        check_mapping(found, source.columns)
    return found


def _one_column(name: str) -> Invalid:
    return Invalid(
        "file_one_column",
        N_(
            "The list has one column only (%(column)s), and it holds no phones. If there should be more, say what "
            "separates the cells, or save the list again as Excel workbook (.xlsx)."
        ),
        column=name[:60],
    )


def suggest_mapping(source: RowSource, options: ImportOptions) -> dict[str, str]:
    """The same to look at: a guess comes back also when it names no phones, so that a person can say which they are."""
    if options.mapping is not None:
        check_mapping(options.mapping, source.columns)
        return dict(options.mapping)
    return guess_mapping(source.columns, (row.cells for row, _ in zip(source, range(SAMPLE_ROWS), strict=False)))


def choose_words(options: ImportOptions, known: Collection[str]) -> dict[str, str]:
    """The status that each word of the list means, by the word folded. Raises Invalid for one that there is not."""
    return {fold(word.strip()): check_status(status, known) for word, status in options.statuses.items()}


def check_references(connection: Connection, options: ImportOptions) -> None:
    """Raises Invalid when the team or the campaign does not exist or is no longer in use."""
    for name, table, wanted in (("team_id", teams, options.team_id), ("campaign_id", campaigns, options.campaign_id)):
        if wanted is None:
            continue
        row = connection.execute(select(table).where(table.c.id == wanted)).mappings().first()
        if row is None or row["archived_at"] is not None or row.get("active") is False:
            raise Invalid(
                f"{name}_unknown",
                N_("There is no such team, campaign or person to put in %(name)s."),
                fields={"field": name},
                name=name,
            )
