"""`callmanager user`: who may sign in, as what, and with which password."""

from __future__ import annotations

import sys
from typing import Any

import click

from callmanager.cli.commands.teams import get_team_id
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door
from callmanager.cli.screen import local_time, show_json, show_table, tell
from callmanager.cli.spoken import argument, group, option, say
from callmanager.domain.errors import Invalid, NotFound
from callmanager.domain.people import Role, fold_username
from callmanager.domain.texts import N_

_COLUMNS = {
    "username": N_("User"),
    "role": N_("Role"),
    "team": N_("Team"),
    "active": N_("Active"),
    "must_change_password": N_("Must change password"),
    "created": N_("Created"),
}

_username = argument("username", metavar="USER")
_password_stdin = option("--password-stdin", is_flag=True, help=N_("Read the password from the standard input."))
_must_change = option(
    "--must-change",
    is_flag=True,
    help=N_(
        "The user must choose another password when signing in; until then neither he nor his key can do anything."
    ),
)
_keep_keys = option("--keep-keys", is_flag=True, help=N_("The user's API keys stay; without this they end, too."))
_roles = click.Choice([role.value for role in Role])


@group("user", N_("Users: add, list, password, role, sessions."))
def user() -> None:
    pass


@user.command("add", help=N_("Make a user. His API key is shown, this once."))
@_username
@option("--role", type=_roles, default=Role.AGENT.value, help=N_("agent, team_lead, manager or admin."))
@option("--team", metavar="TEAM", help=N_("Name of the user's team."))
@option("--email", default="", help=N_("E-mail address."))
@_must_change
@_password_stdin
@click.pass_obj
def add(desk: Desk, /, *, password_stdin: bool, must_change: bool, team: str | None, **fields: str) -> None:
    desk.require_office()
    body: dict[str, Any] = {
        **fields,
        "password": read_password(from_stdin=password_stdin),
        "must_change_password": must_change,
    }
    with desk.open_door() as door:
        if team is not None:
            body["team_id"] = get_team_id(door, team)
        made = door.ask("POST", "/users", body=body).value()
    tell(N_("User %(name)s was made."), name=made["username"])
    tell(N_("API key, shown only now: %(key)s"), key=made["api_key"])


@user.command("list", help=N_("List the users."))
@option("--all", "everybody", is_flag=True, help=N_("Also inactive users and accounts that stand for settings."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def list_(desk: Desk, everybody: bool, as_json: bool) -> None:
    with desk.open_door() as door:
        found = [one for one in door.pages("/users") if everybody or (one["active"] and not one["service"])]
    if as_json:
        show_json(found)
    else:
        show_table(_COLUMNS, [{**one, "created": local_time(one["created_at"])} for one in found])


@user.command("set-password", help=N_("Give a user a new password; his sessions and keys end."))
@_username
@_must_change
@_keep_keys
@_password_stdin
@click.pass_obj
def set_password(desk: Desk, /, *, username: str, must_change: bool, keep_keys: bool, password_stdin: bool) -> None:
    desk.require_office()
    password = read_password(from_stdin=password_stdin)
    with desk.open_door() as door:
        fields = {"password": password, "must_change_password": must_change, "keep_keys": keep_keys}
        _edit(door, username, fields)
    tell(N_("The password of %(name)s was changed. He has to sign in again."), name=username)


@user.command("deactivate", help=N_("Let a user in no more. What he did stays in the history."))
@_username
@click.pass_obj
def deactivate(desk: Desk, username: str) -> None:
    with desk.open_door() as door:
        _edit(door, username, {"active": False})
    tell(N_("%(name)s may no longer enter."), name=username)


@user.command("activate", help=N_("Let a user in again."))
@_username
@click.pass_obj
def activate(desk: Desk, username: str) -> None:
    with desk.open_door() as door:
        _edit(door, username, {"active": True})
    tell(N_("%(name)s may enter again."), name=username)


@user.command("set-role", help=N_("Change what a user may do, and his team if --team is given."))
@_username
@argument("role", type=_roles, metavar="ROLE", help=N_("agent, team_lead, manager or admin."))
@option("--team", metavar="TEAM", help=N_("Name of the user's team."))
@click.pass_obj
def set_role(desk: Desk, username: str, role: str, team: str | None) -> None:
    with desk.open_door() as door:
        fields: dict[str, Any] = {"role": role}
        if team is not None:
            fields["team_id"] = get_team_id(door, team)
        _edit(door, username, fields)
    tell(N_("%(name)s is now %(role)s. He has to sign in again."), name=username, role=role)


@user.command("close-sessions", help=N_("Sign a user out everywhere, and end his keys."))
@_username
@_keep_keys
@click.pass_obj
def close_sessions(desk: Desk, username: str, keep_keys: bool) -> None:
    with desk.open_door() as door:
        path = f"/users/{get_user(door, username)['id']}/close-sessions"
        door.ask("POST", path, body={"keep_keys": keep_keys})
    tell(N_("%(name)s was signed out everywhere."), name=username)


def get_user(door: Door, username: str) -> dict[str, Any]:
    """The user of exactly this name. Raises NotFound."""
    wanted = fold_username(username)
    for one in door.pages("/users", q=wanted[:200]):
        if one["username"] == wanted:
            return dict(one)
    raise NotFound(
        "user_not_found", N_("There is no user %(name)s. `callmanager user list --all` shows them all."), name=username
    )


def read_password(*, from_stdin: bool) -> str:
    """A new password, typed twice and not shown, or one line of the standard input; never an argument."""
    if not from_stdin:
        text: str = click.prompt(
            say(N_("New password")), hide_input=True, confirmation_prompt=say("Repeat for confirmation")
        )
        return text
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Invalid("password_missing", N_("The standard input was empty. Write the password there, in one line."))
    return line


def _edit(door: Door, username: str, fields: dict[str, Any]) -> None:
    found = get_user(door, username)
    door.ask("PATCH", f"/users/{found['id']}", body=fields, headers={"If-Match": f'"{found["version"]}"'})
