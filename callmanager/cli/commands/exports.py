"""`callmanager export FILE`: writes contacts to a file. The ending of the file says the format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callmanager.cli.commands.teams import get_campaign_id, get_team_id
from callmanager.cli.commands.users import get_user
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Answer, Door
from callmanager.cli.screen import size_text, tell
from callmanager.cli.spoken import argument, command, option
from callmanager.domain.dispositions import check_status
from callmanager.domain.errors import Conflict, Invalid, Unavailable
from callmanager.domain.texts import N_

_FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}


@command("export", N_("Write contacts to FILE; its ending says how: .csv, .xlsx or .json. Exports are in the audit."))
@argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@option("--query", "q", metavar="TEXT", help=N_("Part of a name, number, e-mail address or note."))
@option("--status", metavar="TEXT", help=N_("Status, such as INTERESADO."))
@option("--team", metavar="TEAM", help=N_("Team of the contacts."))
@option("--campaign", metavar="NAME", help=N_("Campaign of the contacts."))
@option("--assigned-to", metavar="USER", help=N_("User that the contacts are assigned to."))
@option("--force", is_flag=True, help=N_("Replace the file if there is one."))
@click.pass_obj
def export(desk: Desk, /, *, path: Path, force: bool, **wanted: Any) -> None:
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise Invalid("export_format", N_("Let the file end in .csv, .xlsx or .json."))
    if path.exists() and not force:
        raise Conflict(
            "file_exists", N_("%(path)s is there already. Choose another name or add --force."), path=str(path)
        )
    with desk.open_door() as door:
        answer = door.ask("GET", "/export", query={"format": form, **_filter(door, wanted)})
        _write(answer, path)
    tell(N_("Written: %(path)s (%(size)s)."), path=path, size=size_text(path.stat().st_size))


def _filter(door: Door, wanted: dict[str, Any]) -> dict[str, object]:
    return {
        "q": wanted["q"],
        "status": None if wanted["status"] is None else _status(door, wanted["status"]),
        "team_id": None if wanted["team"] is None else get_team_id(door, wanted["team"]),
        "campaign_id": None if wanted["campaign"] is None else get_campaign_id(door, wanted["campaign"]),
        "assigned_to": None if wanted["assigned_to"] is None else get_user(door, wanted["assigned_to"])["id"],
    }


def _status(door: Door, text: str) -> str:
    return check_status(text, [row["code"] for row in door.ask("GET", "/dispositions").value()])


def _write(answer: Answer, path: Path) -> None:
    """Through a file beside it: what is under the name is always whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            for chunk in answer.chunks:
                out.write(chunk)
        part.replace(path)
    except OSError as error:
        raise Unavailable(
            "file_unwritable",
            N_("%(path)s could not be written. Check the folder, the space on the disk, and that nobody has it open."),
            path=str(path),
        ) from error
    finally:
        part.unlink(missing_ok=True)
