"""`callmanager team`: the teams of the office."""

from __future__ import annotations

import click

from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door
from callmanager.cli.screen import local_time, show_json, show_table, tell
from callmanager.cli.spoken import argument, group, option
from callmanager.domain.errors import NotFound
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_

_COLUMNS = {"id": N_("No."), "name": N_("Team"), "created": N_("Created")}


@group("team", N_("Teams: add, list, rename."))
def team() -> None:
    pass


@team.command("add", help=N_("Make a team."))
@argument("name", metavar="NAME")
@click.pass_obj
def add(desk: Desk, name: str) -> None:
    with desk.open_door() as door:
        made = door.ask("POST", "/teams", body={"name": name}).value()
    tell(N_("Team %(name)s was made."), name=made["name"])


@team.command("list", help=N_("List the teams."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def list_(desk: Desk, as_json: bool) -> None:
    with desk.open_door() as door:
        found = list(door.pages("/teams"))
    if as_json:
        show_json(found)
    else:
        show_table(_COLUMNS, [{**one, "created": local_time(one["created_at"])} for one in found])


@team.command("rename", help=N_("Give a team another name."))
@argument("name", metavar="NAME")
@argument("new_name", metavar="NAME")
@click.pass_obj
def rename(desk: Desk, name: str, new_name: str) -> None:
    with desk.open_door() as door:
        team_id = get_team_id(door, name)
        version = door.ask("GET", f"/teams/{team_id}").version
        door.ask("PATCH", f"/teams/{team_id}", body={"name": new_name}, headers={"If-Match": version})
    tell(N_("Team %(name)s is now %(new)s."), name=name, new=new_name)


def get_team_id(door: Door, name: str) -> int:
    """The id of the team of this name, whatever its case and accents. Raises NotFound."""
    return _get_id(door, "/teams", name, N_("There is no team %(name)s. `callmanager team list` shows them all."))


def get_campaign_id(door: Door, name: str) -> int:
    """The id of the campaign of this name, whatever its case and accents. Raises NotFound."""
    return _get_id(door, "/campaigns", name, N_("There is no campaign %(name)s. Check how it is written."))


def _get_id(door: Door, path: str, name: str, missing: str) -> int:
    wanted = sort_key(name)
    for one in door.pages(path):
        if sort_key(one["name"]) == wanted:
            return int(one["id"])
    raise NotFound("name_not_found", missing, name=name)
