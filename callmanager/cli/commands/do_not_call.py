"""`callmanager do-not-call`: files of registers in and back, how old they are, and what bars a number."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from callmanager.cli.commands.imports import ENCODINGS, SEPARATORS, mapping_text, send_list
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door
from callmanager.cli.screen import bar, local_time, show_json, show_table, tell, warn
from callmanager.cli.spoken import argument, group, option, say
from callmanager.domain.registers import REGISTER_OLD
from callmanager.domain.texts import N_

_POLL_SECONDS = 0.2
ROWS_SHOWN = 10
_REGISTERS = {
    "name": N_("Register"),
    "numbers": N_("Numbers"),
    "loaded": N_("File loaded"),
    "days": N_("Days ago"),
    "load_id": N_("No."),
}
_LOADS = {
    "id": N_("No."),
    "at": N_("When"),
    "source": N_("Register"),
    "file_name": N_("File"),
    "state": N_("State"),
    "numbers": N_("Numbers"),
    "new": N_("New"),
    "gone": N_("Gone"),
}
_STATES = {
    "running": N_("running"),
    "marking": N_("loaded, contacts follow"),
    "done": N_("loaded"),
    "failed": N_("failed: nothing changed"),
    "unmarking": N_("being taken back"),
    "undone": N_("taken back"),
}
_FIGURES = {
    "rows": N_("Rows"),
    "numbers": N_("Numbers"),
    "new": N_("New"),
    "same": N_("The same as before"),
    "changed": N_("With other days or another reference"),
    "gone": N_("Gone"),
    "contacts_barred": N_("Contacts of ours on a new number"),
    "contacts_freed": N_("Contacts of ours on a number that is gone"),
}
_DOUBTS = {
    "unreadable": N_("Rows that could not be read"),
    "repeated": N_("Numbers that stand in the file twice"),
    "unclear": N_("Numbers that no country has: barred as they are written"),
    "days_unread": N_("Rows whose days could not be read: barred without an end"),
}
_ENTRIES = {
    "kind": N_("Bars"),
    "number": N_("Number"),
    "source": N_("Source"),
    "reference": N_("Reference"),
    "reason": N_("Reason"),
    "expires_on": N_("Until"),
}
_KINDS = {"line": N_("the line"), "person": N_("the person")}


@group("do-not-call", N_("Registers of numbers never to call: load a file, list, undo; ask what bars a number."))
def do_not_call() -> None:
    pass


@do_not_call.command(
    "load",
    help=N_("Put a file of numbers (CSV, Excel, plain text) in the place of what its register held before."),
)
@argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--source", required=True, metavar="NAME", help=N_("The register that the file is of."))
@option("--dry-run", is_flag=True, help=N_("Say what would happen; change nothing."))
@option("--reference", default="", metavar="TEXT", help=N_("What the register calls the file; kept with each number."))
@option("--listed-on", metavar="DAY", help=N_("Since when the numbers are barred, as 2026-11-22."))
@option("--expires-on", metavar="DAY", help=N_("The last day on which they are barred, as 2026-11-22."))
@option(
    "--map", "columns", metavar="COLUMN=FIELD", multiple=True, help=N_("Put a column into a field; may be repeated.")
)
@option("--sheet", metavar="NAME", help=N_("Sheet of the workbook; the first with phones if not given."))
@option("--header-row", type=int, metavar="ROW", help=N_("Number of the row that names the columns; 0: none does."))
@option("--encoding", type=click.Choice(ENCODINGS), help=N_("Encoding of a CSV; its letters tell if not given."))
@option("--separator", type=click.Choice(SEPARATORS), help=N_("What separates the cells of a CSV."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def load(desk: Desk, /, *, path: Path, dry_run: bool, as_json: bool, columns: tuple[str, ...], **how: Any) -> int:
    query = {"file_name": path.name[:200], "mapping": mapping_text(columns), **how}
    with desk.open_door() as door:
        report = _tried_out(door, path, query) if dry_run else _carried_out(door, path, query)
    if as_json:
        show_json(report)
    elif dry_run:
        tell(N_("This would happen (nothing was changed):"))
        _tell_figures(report)
    else:
        _tell_load(report)
    return 0 if dry_run or report["state"] == "done" else 1


@do_not_call.command("registers", help=N_("List the registers: how many numbers they hold and how old they are."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def registers(desk: Desk, as_json: bool) -> None:
    with desk.open_door() as door:
        found = door.get("/do-not-call/registers")
    if as_json:
        show_json(found)
        return
    shown = [{**one, "loaded": local_time(one["loaded_at"]), "days": one["age_days"]} for one in found]
    show_table(_REGISTERS, shown)
    for one in found:
        if one["is_old"]:
            warn(REGISTER_OLD, name=one["name"], days=one["age_days"])


@do_not_call.command("loads", help=N_("List the files of registers, newest first."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def loads(desk: Desk, as_json: bool) -> None:
    with desk.open_door() as door:
        found = list(door.pages("/do-not-call/loads"))
    if as_json:
        show_json(found)
        return
    in_words = ({**one, "at": local_time(one["created_at"]), "state": say(_STATES[one["state"]])} for one in found)
    show_table(_LOADS, [{**one["report"], **one} for one in in_words])


@do_not_call.command("undo", help=N_("Take the newest file of a register back: it is again as it was before."))
@argument("number", type=int, metavar="NUMBER", help=N_("The number that `callmanager do-not-call loads` shows."))
@click.pass_obj
def undo(desk: Desk, number: int) -> None:
    with desk.open_door() as door:
        undone = door.ask("POST", f"/do-not-call/loads/{number}/undo").value()
    tell(N_("The file %(name)s of %(source)s was taken back."), name=undone["file_name"], source=undone["source"])


@do_not_call.command("ask", help=N_("Say what bars a number."))
@argument("number", metavar="NUMBER", help=N_("A phone number in any spelling."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def ask(desk: Desk, number: str, as_json: bool) -> None:
    with desk.open_door() as door:
        found = list(door.pages("/do-not-call", number=number))
    if as_json:
        show_json(found)
    elif found:
        show_table(_ENTRIES, [{**one, "kind": say(_KINDS[one["kind"]])} for one in found])
    else:
        tell(N_("Nothing bars %(number)s."), number=number)


def _tried_out(door: Door, path: Path, query: dict[str, object]) -> dict[str, Any]:
    return send_list(door, path, "/do-not-call/registers", {**query, "dry_run": "1"})


def _carried_out(door: Door, path: Path, query: dict[str, object]) -> dict[str, Any]:
    """Let the file be loaded and watch it."""
    load_id = send_list(door, path, "/do-not-call/registers", {**query, "background": "1"})["id"]
    with bar(say(N_("Loading"))) as advance:
        while True:
            found: dict[str, Any] = door.get(f"/do-not-call/loads/{load_id}")
            if found["state"] in ("done", "failed"):
                return found
            if found["progress"]:
                advance(*found["progress"])
            time.sleep(_POLL_SECONDS)


def _tell_load(load_: dict[str, Any]) -> None:
    if load_["state"] == "done":
        tell(N_("File %(id)s is in force for the register %(source)s."), id=load_["id"], source=load_["source"])
    else:
        tell(N_("File %(id)s could not be loaded, so nothing has changed. The log of the server says why."), **load_)
    _tell_figures(load_["report"])
    if load_["state"] == "done":
        tell(N_("To take it back: callmanager do-not-call undo %(id)s"), id=load_["id"])


def _tell_figures(report: dict[str, Any]) -> None:
    for name, label in _FIGURES.items():
        click.echo(f"  {say(label)}: {report[name]}")
    for name, label in _DOUBTS.items():
        if report[name]:
            click.echo(f"  {say(label)}: {report[name]}")
    for problem in report["errors"][:ROWS_SHOWN]:
        tell(N_("  Row %(row)s: %(detail)s"), row=problem["row"], detail=problem["detail"])
    if report["unreadable"] > ROWS_SHOWN:
        tell(N_("  ... and %(count)s more; --json names them."), count=report["unreadable"] - ROWS_SHOWN)
