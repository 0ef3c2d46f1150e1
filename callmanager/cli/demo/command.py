"""`callmanager demo`: makes the demo's folder once, then starts a server on it that hears this PC only."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import click

from callmanager.cli.demo.people import EVERYBODY, MANAGER, PASSWORD
from callmanager.cli.demo.phone import opened_phone
from callmanager.cli.demo.window import WINDOW_FOLDER, has_screen, opened_window, window_line
from callmanager.cli.desk import Desk
from callmanager.cli.doors import Door, is_running, open_door
from callmanager.cli.processes import HOST, free_port, running_server
from callmanager.cli.screen import bar, show_table, tell
from callmanager.cli.spoken import command, language, option, say
from callmanager.cli.this_pc import fetch
from callmanager.domain.errors import Conflict, Unavailable
from callmanager.domain.texts import N_
from callmanager.settings import Settings, load_settings

FIRST_PORT = 5000
OFFICE, ZONE = N_("Demo office"), "America/Costa_Rica"
KEY_LABEL = "demo"
MARK = ".callmanager-demo"
_MARK_TEXT = "This folder was made by `callmanager demo`; --fresh deletes it and makes it anew.\n"
_COLUMNS = {"username": N_("User"), "role": N_("Role"), "team": N_("Team")}


@command("demo", N_("Start a demo server with people, campaigns and 5,000 invented contacts. This PC only."))
@option("--folder", default="demo", type=click.Path(file_okay=False, path_type=Path), help=N_("Folder of the demo."))
@option("--fresh", is_flag=True, help=N_("Delete the demo of earlier and make it anew."))
@option("--check", is_flag=True, help=N_("Start, ask the server two questions, print the answers and end."))
@option("--port", type=int, help=N_("Port to listen on; the first free one from 5000 on if not given."))
@option("--window", is_flag=True, help=N_("Open the agents' window too, on a PC with a screen."))
@click.pass_obj
def demo(desk: Desk, *, folder: Path, fresh: bool, check: bool, port: int | None, window: bool) -> int:
    home = desk.home / folder
    _prepare(home, fresh=fresh)
    # The settings of the environment are of another server; a demo takes its own folder's only.
    settings = load_settings(home, {"SERVER_PORT": port or free_port(FIRST_PORT), "LANGUAGE": language()}, environ={})
    if is_running(settings):
        raise Conflict("demo_running", N_("This demo is running already. Use that one, or stop it with Ctrl+C first."))
    with open_door(settings) as door:
        key = _new_key(door)
    if check:
        return _check(home, key)
    _tell_all(settings, key)
    from callmanager.server.run import serve  # noqa: PLC0415 - the server's own weight, needed only now

    with ExitStack() as opened:
        if window and has_screen():
            opened.enter_context(opened_phone(home, home / WINDOW_FOLDER, language()))
            opened.enter_context(opened_window(home, _address(settings)))
        return serve(settings)


def _prepare(home: Path, *, fresh: bool) -> None:
    """The folder with its database; what an earlier, interrupted making left behind is made anew."""
    part = home.with_name(f"{home.name}.part")
    for folder in (part, home) if fresh else (part,):
        _delete(folder)
    if (home / MARK).is_file():
        return
    if home.exists() and any(home.iterdir()):
        raise Conflict(
            "demo_folder_used",
            N_("%(folder)s holds other files. Choose another folder with --folder."),
            folder=str(home),
        )
    tell(N_("Making the demo in %(folder)s ..."), folder=home)
    _make(part)
    if home.exists():
        home.rmdir()
    part.rename(home)


def _make(part: Path) -> None:
    from callmanager.cli.demo.building import build_demo  # noqa: PLC0415 - only the first run makes contacts

    part.mkdir(parents=True)
    (part / MARK).write_text(_MARK_TEXT, "utf-8")
    own = {"SERVER_HOST": HOST, "OFFICE_NAME": say(OFFICE), "OFFICE_ZONE": ZONE}
    (part / "config.py").write_text("".join(f'{name} = "{value}"\n' for name, value in own.items()), "utf-8")
    with bar(say(N_("Inventing people and contacts"))) as advance:
        build_demo(load_settings(part, {}, environ={}), advance)


def _delete(folder: Path) -> None:
    """Only what a demo made: a folder without its mark is somebody's."""
    if not folder.exists():
        return
    if not (folder / MARK).is_file():
        raise Conflict(
            "demo_folder_used",
            N_("%(folder)s holds other files. Choose another folder with --folder."),
            folder=str(folder),
        )
    if is_running(load_settings(folder, {}, environ={})):
        raise Conflict("demo_running", N_("This demo is running already. Use that one, or stop it with Ctrl+C first."))
    shutil.rmtree(folder)


def _new_key(door: Door) -> str:
    """A key of the manager for this run. Keys cannot be read again, so the one of the run before is revoked."""
    (manager,) = (one for one in door.pages("/users", q=MANAGER.username) if one["username"] == MANAGER.username)
    path = f"/users/{manager['id']}/api-keys"
    for key in door.get(path):
        if key["label"] == KEY_LABEL:
            door.ask("DELETE", f"/api-keys/{key['id']}")
    return str(door.ask("POST", path, body={"label": KEY_LABEL}).value()["api_key"])


def _tell_all(settings: Settings, key: str) -> None:
    address = _address(settings)
    show_table(_COLUMNS, [person._asdict() for person in EVERYBODY])
    tell(N_("Password of all of them: %(password)s"), password=PASSWORD)
    tell(N_("Address: %(address)s   Documents of the API: %(address)s/docs"), address=address)
    tell(N_("The agents' window, from another terminal:"))
    click.echo(f"  {window_line(address)}")
    tell(N_("The same contacts from a program:"))
    click.echo(f'  curl -H "X-API-Key: {key}" "{address}/contacts?limit=3"')


def _address(settings: Settings) -> str:
    return f"http://{HOST}:{settings.SERVER_PORT}"


def _check(home: Path, key: str) -> int:
    with running_server(home) as address:
        ready, contacts = (_answer(f"{address}{path}", key) for path in ("/health/ready", "/contacts?limit=1"))
    click.echo(json.dumps(ready, ensure_ascii=False))
    click.echo(json.dumps(contacts, ensure_ascii=False))
    if not contacts:
        raise Unavailable("demo_empty", N_("The demo holds no contacts. Make it anew with --fresh."))
    tell(N_("The demo works."))
    return 0


def _answer(address: str, key: str) -> object:
    try:
        answer = fetch(address, seconds=60, headers={"X-API-Key": key})
        answer.raise_for_status()
        value: object = answer.json()
    except OSError as error:
        raise Unavailable("demo_silent", N_("The demo's server did not answer. Its log says why.")) from error
    return value
