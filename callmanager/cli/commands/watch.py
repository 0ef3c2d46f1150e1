"""`callmanager watch`: shows in the terminal what everybody does, as it happens, on this server or on another one."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from callmanager.cli.change_lines import change_line
from callmanager.cli.desk import Desk
from callmanager.cli.doors import LOOPBACK, running_port
from callmanager.cli.screen import warn
from callmanager.cli.spoken import command, language, option, say
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.rest import check_address
from callmanager.desktop.remote.servers import origin_of
from callmanager.desktop.sync.watching import ChangeSeen, LinesLeftOut, SignedOut, StartedOver, Watch, WatchEvent
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Forbidden, Invalid, Unauthenticated, Unavailable
from callmanager.domain.texts import N_

_STATUS = {
    Status.LIVE: N_("Watching %(address)s; changes appear at once. Ctrl+C ends."),
    Status.POLLING: N_(
        "Watching %(address)s without a live connection; changes appear every few seconds. Ctrl+C ends."
    ),
    Status.OFFLINE: N_("The connection with %(address)s is lost; it is being opened again."),
}


@command("watch", N_("Show what everybody changes, as it happens, one line each."))
@option("--server", metavar="TEXT", help=N_("Address of the server; the one on this PC if not given."))
@option("--user", "username", metavar="USER", help=N_("Sign in as this user; the password is asked for."))
@option("--password-stdin", is_flag=True, help=N_("Read the password from the standard input."))
@option("--key", metavar="TEXT", help=N_("API key; better in the environment as CALLMANAGER_API_KEY."))
@option(
    "--ca",
    "ca_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("Certificate (PEM) of the office that https trusts."),
)
@option("--entity", "entities", metavar="NAME", multiple=True, help=N_("Only this kind of record; may be repeated."))
@option("--limit", type=click.IntRange(min=1), help=N_("End after so many changes."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON object per line, for programs."))
@click.pass_obj
def watch(
    desk: Desk,
    /,
    *,
    server: str | None,
    username: str | None,
    password_stdin: bool,
    key: str | None,
    ca_file: Path | None,
    entities: tuple[str, ...],
    limit: int | None,
    as_json: bool,
) -> int:
    address = server or os.environ.get("CALLMANAGER_SERVER_URL", "").strip() or _own_address(desk)
    api_key = None if username else key or _key_for(address)
    if not username and not api_key:
        raise Invalid("credential_missing", N_("Say who watches: --user NAME, or a key in CALLMANAGER_API_KEY."))
    remote = Remote(address, api_key=api_key, language=language(), ca_file=ca_file, client="api")
    signed_in = False
    try:
        if username:
            signed_in = _sign_in(remote, username, from_stdin=password_stdin)
        return _show(remote, frozenset(entities), limit, as_json=as_json)
    finally:
        if signed_in:
            _sign_out(remote)
        remote.close()


def _key_for(address: str) -> str:
    """The key in the environment, for the server that is named beside it. Raises Forbidden for another one."""
    key = os.environ.get("CALLMANAGER_API_KEY", "").strip()
    home = os.environ.get("CALLMANAGER_SERVER_URL", "").strip()
    if key and home and origin_of(check_address(home)) != origin_of(check_address(address)):
        raise Forbidden(
            "key_of_another_server",
            N_(
                "The key in CALLMANAGER_API_KEY belongs to %(home)s (CALLMANAGER_SERVER_URL); nothing was sent to "
                "%(server)s. Give that server's own key with --key, or sign in with --user."
            ),
            home=home,
            server=address,
        )
    return key


def _show(remote: Remote, entities: frozenset[str], limit: int | None, *, as_json: bool) -> int:
    stop = threading.Event()
    screen = _Screen(remote.address, entities, limit, stop.set, as_json=as_json)
    try:
        Watch(remote, SystemClock(), screen.show).run(stop)
    except KeyboardInterrupt:  # the usual end
        return 0
    return screen.exit_code


class _Screen:
    """Prints what a watch tells: changes on the standard output, all else on the standard error."""

    def __init__(
        self, address: str, entities: frozenset[str], limit: int | None, end: Callable[[], None], *, as_json: bool
    ) -> None:
        self._address, self._entities, self._left = address, entities, limit
        self._end, self._as_json = end, as_json
        self.exit_code = 0

    def show(self, event: WatchEvent) -> None:
        match event:
            case ChangeSeen():
                self._show_change(event)
            case StatusChanged(status=status):
                warn(_STATUS[status], address=self._address)
            case LinesLeftOut(up_to=up_to):
                warn(N_("Much has happened: changes up to number %(seq)s are left out."), seq=up_to)
            case StartedOver():
                warn(N_("The server began anew, or your rights changed; what was between is not shown."))
            case SignedOut(reason=reason, error=error):
                self.exit_code = 1
                warn(N_("The server ended this session: %(why)s"), why=error if error is not None else reason)

    def _show_change(self, seen: ChangeSeen) -> None:
        if self._left == 0 or (self._entities and seen.change["entity"] not in self._entities):
            return
        if self._as_json:
            line = json.dumps({**seen.change, "name": seen.name}, ensure_ascii=False)
        else:
            line = change_line(seen.change, seen.name)
        click.echo(line)
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._end()


def _own_address(desk: Desk) -> str:
    settings = desk.settings
    scheme = "http" if settings.TLS_CERT is None else "https"
    return f"{scheme}://{LOOPBACK}:{running_port(settings)}"


def _sign_in(remote: Remote, username: str, *, from_stdin: bool) -> bool:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(say(N_("Password")), hide_input=True, err=True)
    signed_in = remote.sign_in(username, password)
    if signed_in.must_change_password:
        _sign_out(remote)
        raise Forbidden("password_change_needed", N_("Choose another password first: callmanager user set-password."))
    return True


def _sign_out(remote: Remote) -> None:
    """Leave no open session behind, if the server can still be told."""
    try:
        remote.sign_out()
    except (Unavailable, Unauthenticated):
        return
