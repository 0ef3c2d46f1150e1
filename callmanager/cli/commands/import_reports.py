"""Tells on the terminal what an import did, or would do. Asks nothing of the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from callmanager.cli.screen import tell
from callmanager.cli.spoken import say
from callmanager.domain.texts import N_

ROWS_SHOWN = 10
VALUE_CHARS = 60
STATES = {
    "running": N_("running"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
    "failed": N_("failed"),
    "undone": N_("undone"),
    "half_undone": N_("half undone: undo it again"),
}
_FIGURES = {
    "total": N_("Rows"),
    "inserted": N_("New contacts"),
    "updated": N_("Contacts updated"),
    "unchanged": N_("Already as they should be"),
    "duplicates_merged": N_("Repeated within the list"),
    "rejected": N_("Rejected"),
}
_DOUBTS = {
    "numbers_of_others": N_("Numbers left out: other contacts have them"),
    "dropped_values": N_("Values left out: an earlier row says something else"),
    "broken_cells": N_("Formulas without a result, left out"),
    "cannot_be_dialled": N_("Numbers kept as written that cannot be dialled"),
    "unknown_statuses": N_("Words that are no status, kept as a field of their own"),
    "stray_cells": N_("Cells beside the table, kept as a field of their own"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """The files that were saved beside the list."""

    rejected: Path | None
    remarks: Path | None


def tell_report(report: dict[str, Any], kept: Kept | None, *, dry_run: bool) -> None:
    """Say what an import did; `kept` is None when nothing was to be saved."""
    _tell_state(report, dry_run=dry_run)
    for name, label in _FIGURES.items():
        click.echo(f"  {say(label)}: {report[name]}")
    for name, label in _DOUBTS.items():
        if report[name]:
            click.echo(f"  {say(label)}: {report[name]}")
    _tell_file(report)
    for problem in report["errors"][:ROWS_SHOWN]:
        tell(N_("  Row %(row)s: %(detail)s"), row=problem["row"], detail=problem["detail"])
    if report["rejected"] > ROWS_SHOWN:
        tell(N_("  ... and %(count)s more."), count=report["rejected"] - ROWS_SHOWN)
    for remark in report["remarks"][:ROWS_SHOWN]:
        tell(N_("  Row %(row)s: %(detail)s (%(value)s)"), **_shown(remark))
    if report["remarked"] > ROWS_SHOWN:
        tell(N_("  ... and %(count)s more."), count=report["remarked"] - ROWS_SHOWN)
    if kept is not None and kept.rejected is not None:
        tell(
            N_("The rejected rows are in %(path)s, each with its reason. Mend them and import that file."),
            path=kept.rejected,
        )
    if kept is not None and kept.remarks is not None:
        tell(N_("What was left out or is in doubt is in %(path)s, with row and contact."), path=kept.remarks)


def _shown(remark: dict[str, Any]) -> dict[str, Any]:
    return {"row": remark["row"], "detail": remark["detail"], "value": " ".join(remark["value"].split())[:VALUE_CHARS]}


def _tell_state(report: dict[str, Any], *, dry_run: bool) -> None:
    if dry_run:
        tell(N_("This would happen (nothing was changed):"))
    elif report["state"] == "done":
        tell(N_("Import %(id)s is done."), id=report["import_id"])
    else:
        tell(
            N_(
                "Import %(id)s stopped before its end (%(state)s). What it did stays; "
                "`callmanager import undo %(id)s` takes it back."
            ),
            id=report["import_id"],
            state=say(STATES[report["state"]]),
        )


def _tell_file(report: dict[str, Any]) -> None:
    """What of the file was not read, or is not in the contacts as it stands there."""
    if report["rows_above_header"]:
        rows, header = report["rows_above_header"], report["header_row"]
        tell(N_("  Rows above the header (row %(header)s), not read: %(count)s"), header=header, count=rows)
    for sheet in report["sheets"]:
        if not sheet["is_read"] and sheet["rows"]:
            tell(N_("  Sheet %(name)s was not read: %(count)s rows"), name=sheet["name"], count=sheet["rows"])
        elif sheet["hidden_rows"]:
            tell(N_("  Hidden rows in sheet %(name)s: %(count)s"), name=sheet["name"], count=sheet["hidden_rows"])
    for word in report["status_words"][:ROWS_SHOWN]:
        tell(
            N_("  No status: %(word)s, in %(count)s rows (--status says what it means)"),
            word=word["word"],
            count=word["rows"],
        )
    for column, count in report["left_columns"].items():
        tell(N_("  Column %(column)s was not imported: %(count)s values"), column=column, count=count)
