"""`callmanager key`: API keys for programs and scripts. A key is shown once, when it is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from callmanager.cli.commands.users import get_user
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door
from callmanager.cli.screen import local_time, show_json, show_table, tell
from callmanager.cli.spoken import argument, group, option
from callmanager.domain.clock import SystemClock, to_wire
from callmanager.domain.texts import N_

_COLUMNS = {
    "id": N_("No."),
    "username": N_("User"),
    "label": N_("Label"),
    "public_id": N_("Begins with"),
    "expires": N_("Expires"),
    "used": N_("Last used"),
    "limits": N_("Limited to"),
}


@group("key", N_("API keys: create, list, revoke."))
def key() -> None:
    pass


@key.command("create", help=N_("Make a key for a user and show it, this once."))
@argument("username", metavar="USER")
@option("--label", required=True, help=N_("What the key is for, such as the name of the program."))
@option("--days", type=click.IntRange(1, 36500), help=N_("Days until the key expires; it does not if not given."))
@option("--permission", "permissions", multiple=True, help=N_("Limit the key to this permission; may be repeated."))
@click.pass_obj
def create(desk: Desk, username: str, label: str, days: int | None, permissions: tuple[str, ...]) -> None:
    body: dict[str, Any] = {"label": label}
    if permissions:
        body["permissions"] = list(permissions)
    if days is not None:
        body["expires_at"] = to_wire(_in_days(days))
    with desk.open_door() as door:
        made = door.ask("POST", f"/users/{get_user(door, username)['id']}/api-keys", body=body).value()
    tell(N_("API key, shown only now: %(key)s"), key=made["api_key"])


@key.command("list", help=N_("List the keys of a user, or of all, without their secrets."))
@argument("username", metavar="USER", required=False)
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def list_(desk: Desk, username: str | None, as_json: bool) -> None:
    with desk.open_door() as door:
        people = [get_user(door, username)] if username else list(door.pages("/users"))
        found = [row for one in people for row in _keys_of(door, one)]
    if as_json:
        show_json(found)
    else:
        show_table(_COLUMNS, [_shown(row) for row in found])


@key.command("revoke", help=N_("Revoke a key: it opens nothing from now on."))
@argument("number", type=int, metavar="NUMBER", help=N_("The number that `callmanager key list` shows."))
@click.pass_obj
def revoke(desk: Desk, number: int) -> None:
    with desk.open_door() as door:
        door.ask("DELETE", f"/api-keys/{number}")
    tell(N_("Key %(number)s was revoked."), number=number)


def _keys_of(door: Door, person: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "username": person["username"]} for row in door.get(f"/users/{person['id']}/api-keys")]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "public_id": f"cm_{row['public_id']}",
        "expires": local_time(row["expires_at"]),
        "used": local_time(row["last_used_at"]),
        "limits": ", ".join(row["permissions"] or []),
    }


def _in_days(days: int) -> datetime:
    return SystemClock().now() + timedelta(days=days)
