"""`callmanager import FILE`, `import list`, `import undo`: brings lists of contacts in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import click

from callmanager.cli.commands.import_reports import STATES, Kept, tell_report
from callmanager.cli.commands.teams import get_campaign_id, get_team_id
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door, media_type
from callmanager.cli.screen import bar, local_time, show_json, show_table, tell, warn
from callmanager.cli.spoken import Command, Group, argument, option, say
from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_

_POLL_SECONDS = 0.2
_REJECTED = N_("rejected")  # the ends of names of files
_REMARKS = N_("remarks")
_READING = ("file_name", "sheet", "header_row", "encoding", "separator", "skip_hidden", "mapping")
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "cp850", "utf-16")
SEPARATORS = (",", ";", "|", "tab")
_COLUMNS = {
    "import_id": N_("No."),
    "at": N_("When"),
    "file_name": N_("File"),
    "state": N_("State"),
    "inserted": N_("New contacts"),
    "updated": N_("Contacts updated"),
    "rejected": N_("Rejected"),
}


class _FileOrCommand(Group):
    """What is no command of the group is the file to import: `import lista.csv` is `import file lista.csv`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group(
    "import",
    cls=_FileOrCommand,
    help=N_(
        "Bring in a list of contacts: `callmanager import FILE`. `callmanager import file --help` has the options."
    ),
)
def import_() -> None:
    pass


@import_.command(
    "file", cls=Command, help=N_("Import a CSV, Excel (.xlsx) or JSON file. An empty cell never wipes a value.")
)
@argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", is_flag=True, help=N_("Say what would happen; change nothing."))
@option("--preview", is_flag=True, help=N_("Show what each column is taken for; change nothing."))
@option(
    "--map", "columns", metavar="COLUMN=FIELD", multiple=True, help=N_("Put a column into a field; may be repeated.")
)
@option("--mapping", "saved", metavar="NAME", help=N_("A saved mapping of columns."))
@option(
    "--policy",
    type=click.Choice(["update", "skip", "create"]),
    default="update",
    help=N_("For a number that a contact already has: update it, skip the row, or create another contact."),
)
@option("--team", metavar="TEAM", help=N_("Team of the contacts."))
@option("--campaign", metavar="NAME", help=N_("Campaign of the contacts."))
@option("--sheet", metavar="NAME", help=N_("Sheet of the workbook; the first with phones if not given."))
@option("--skip-hidden", is_flag=True, help=N_("Leave out rows that are hidden in the workbook."))
@option("--header-row", type=int, metavar="ROW", help=N_("Number of the row that names the columns; 0: none does."))
@option("--encoding", type=click.Choice(ENCODINGS), help=N_("Encoding of a CSV; its letters tell if not given."))
@option("--separator", type=click.Choice(SEPARATORS), help=N_("What separates the cells of a CSV."))
@option(
    "--status",
    "words",
    metavar="WORD=STATUS",
    multiple=True,
    help=N_("The status that a word of the list means; may be repeated."),
)
@option(
    "--strict-statuses",
    is_flag=True,
    help=N_("Refuse rows whose status is not known. Without it the word becomes a field of its own."),
)
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def import_file(desk: Desk, /, *, path: Path, as_json: bool, preview: bool, dry_run: bool, **how: Any) -> int:
    with desk.open_door() as door:
        query = _query(door, path, how)
        if preview:
            show_json(send_list(door, path, "/import/preview", _reading(query)))
            return 0
        report = _tried_out(door, path, query) if dry_run else _carried_out(door, path, query)
        kept = None if dry_run else _save_told(door, report, path)
    if as_json:
        show_json(report)
    else:
        tell_report(report, kept, dry_run=dry_run)
    return 0 if report["state"] == "done" else 1


@import_.command("list", cls=Command, help=N_("List the imports, newest first."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def list_(desk: Desk, as_json: bool) -> None:
    with desk.open_door() as door:
        found = list(door.pages("/imports"))
    if as_json:
        show_json(found)
    else:
        show_table(
            _COLUMNS,
            [{**one, "at": local_time(one["created_at"]), "state": say(STATES[_state(one)])} for one in found],
        )


@import_.command("undo", cls=Command, help=N_("Take a whole import back; what people changed since stays."))
@argument("number", type=int, metavar="NUMBER", help=N_("The number that `callmanager import list` shows."))
@click.pass_obj
def undo(desk: Desk, number: int) -> None:
    with desk.open_door() as door:
        answer = _undone(door, number)
    tell(N_("Import %(number)s was undone: %(count)s changes taken back."), number=number, count=answer["undone"])
    if answer["kept_contacts"]:
        tell(N_("%(count)s contacts were changed since, so these fields stayed:"), count=answer["kept_contacts"])
        for kept in answer["kept"]:
            click.echo(f"  {kept['contact_id']}: {', '.join(kept['fields'])}")


def _state(report: dict[str, Any]) -> str:
    """An undo that was cut off leaves how far it came, and nobody who works on it."""
    cut_off = report.get("undone") and report["state"] != "undone" and report["doing"] is None
    return "half_undone" if cut_off else str(report["state"])


def _undone(door: Door, number: int) -> dict[str, Any]:
    """The answer of an undo, watched meanwhile. Ctrl+C waits for it: nothing is left half undone."""
    with ThreadPoolExecutor(1) as thread, bar(say(N_("Taking back"))) as advance:
        asked = thread.submit(lambda: door.ask("POST", f"/imports/{number}/undo").value())
        while not wait([asked], _POLL_SECONDS).done:
            report = door.get(f"/imports/{number}")
            if report["doing"] == "undo":
                advance(*report["progress"])
        answer: dict[str, Any] = asked.result()
    return answer


def _query(door: Door, path: Path, how: dict[str, Any]) -> dict[str, object]:
    return {
        "file_name": path.name[:200],
        "policy": how["policy"],
        **{name: how[name] for name in ("sheet", "header_row", "encoding", "separator")},
        "skip_hidden": "1" if how["skip_hidden"] else None,
        "mapping": mapping_text(how["columns"]) or how["saved"],
        "statuses": _words(how["words"]),
        "strict_statuses": "1" if how["strict_statuses"] else None,
        "team_id": None if how["team"] is None else get_team_id(door, how["team"]),
        "campaign_id": None if how["campaign"] is None else get_campaign_id(door, how["campaign"]),
    }


def _reading(query: dict[str, object]) -> dict[str, object]:
    return {name: query[name] for name in _READING}


def mapping_text(columns: tuple[str, ...]) -> str | None:
    unreadable = Invalid(
        "mapping_unreadable",
        N_('Write --map "COLUMN=FIELD", for example --map "Tel. casa=phone:casa" --map "Nombre=name".'),
    )
    return _pairs(columns, unreadable)


def _words(words: tuple[str, ...]) -> str | None:
    unreadable = Invalid(
        "statuses_unreadable",
        N_('Write --status "WORD=STATUS", for example --status "busy=OCUPADO" --status "new=SIN_GESTIONAR".'),
    )
    return _pairs(words, unreadable)


def _pairs(texts: tuple[str, ...], unreadable: Invalid) -> str | None:
    pairs = dict(text.rpartition("=")[::2] for text in texts)
    if "" in pairs:
        raise unreadable
    return json.dumps(pairs) if pairs else None


def send_list(door: Door, path: Path, route: str, query: dict[str, object]) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            headers = {"Content-Type": media_type(path)}
            answer: dict[str, Any] = door.ask("POST", route, query=query, file=file, headers=headers).value()
    except PermissionError as error:
        raise Unavailable(
            "file_unreadable", N_("%(path)s cannot be read. Close it in other programs and try again."), path=str(path)
        ) from error
    return answer


def _tried_out(door: Door, path: Path, query: dict[str, object]) -> dict[str, Any]:
    return send_list(door, path, "/import", {**query, "dry_run": "1"})


def _carried_out(door: Door, path: Path, query: dict[str, object]) -> dict[str, Any]:
    """Let the import run and watch it; Ctrl+C cancels it after its present batch."""
    import_id = send_list(door, path, "/import", {**query, "background": "1"})["import_id"]
    with bar(say(N_("Importing"))) as advance:
        try:
            return _watched(door, import_id, advance)
        except KeyboardInterrupt:
            door.ask("POST", f"/imports/{import_id}/cancel")
            return _watched(door, import_id, advance)


def _watched(door: Door, import_id: int, advance: Any) -> dict[str, Any]:
    while True:
        report: dict[str, Any] = door.get(f"/imports/{import_id}")
        if report["state"] != "running":
            return report
        advance(*(report["progress"] or (report["total"], report["rows_in_file"])))
        time.sleep(_POLL_SECONDS)


def _save_told(door: Door, report: dict[str, Any], path: Path) -> Kept:
    """The files beside the list that its report names."""
    number = report["import_id"]
    return Kept(
        rejected=_save(door, f"/imports/{number}/rejected.csv", path, _REJECTED) if report["rejected"] else None,
        remarks=_save(door, f"/imports/{number}/remarks.csv", path, _REMARKS) if report["remarked"] else None,
    )


def _save(door: Door, route: str, path: Path, ending: str) -> Path | None:
    """A file of the server beside the list, under a name that is free; None when nothing can be written there."""
    name = f"{path.stem}-{say(ending)}"
    try:
        target = next(one for one in _names(path, name) if not one.exists())
        with target.open("xb") as out:
            for chunk in door.ask("GET", route).chunks:
                out.write(chunk)
    except OSError:
        warn(N_("%(name)s.csv could not be saved beside the list. GET %(route)s has it."), name=name, route=route)
        return None
    return target


def _names(path: Path, name: str) -> Iterator[Path]:
    yield path.with_name(f"{name}.csv")
    yield from (path.with_name(f"{name}-{number}.csv") for number in range(2, 10_000))
