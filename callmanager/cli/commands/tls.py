"""`callmanager tls init`: an authority of the office and a certificate of the server."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click

from callmanager.cli.desk import Desk
from callmanager.cli.screen import tell
from callmanager.cli.spoken import group, option
from callmanager.domain.clock import SystemClock
from callmanager.domain.texts import N_
from callmanager.server.process.listening import lan_addresses
from callmanager.server.security.tls import init_tls


@group("tls", N_("Certificates for https."))
def tls() -> None:
    pass


@tls.command("init", help=N_("Make an authority and a certificate of two years for this PC's names and addresses."))
@option(
    "--name", "names", metavar="NAME", multiple=True, help=N_("Another name or address of this PC; may be repeated.")
)
@option("--folder", default="tls", type=click.Path(file_okay=False, path_type=Path), help=N_("Folder of the files."))
@option(
    "--renew", is_flag=True, help=N_("Make the certificate anew; clients that trust the authority need nothing new.")
)
@click.pass_obj
def init(desk: Desk, names: tuple[str, ...], folder: Path, renew: bool) -> None:
    host = socket.gethostname()
    known = ["localhost", "127.0.0.1", host, *lan_addresses(), *names]
    made = init_tls(desk.home / folder, known, now=SystemClock().now(), overwrite=renew)
    tell(N_("Write these two lines into config.py and start the server again:"))
    click.echo(f'  TLS_CERT = "{_as_written(made.cert, desk.home)}"')
    click.echo(f'  TLS_KEY = "{_as_written(made.key, desk.home)}"')
    tell(N_("Give this file to the clients: %(path)s"), path=made.ca)
    tell(N_("In each client: SERVER_URL = https://%(host)s:%(port)s"), host=host, port=desk.settings.SERVER_PORT)
    tell(N_("Fingerprint (SHA-256), to compare on the clients: %(fingerprint)s"), fingerprint=made.fingerprint_sha256)


def _as_written(path: Path, home: Path) -> str:
    """As config.py wants it: relative to its folder where it can be, with slashes."""
    try:
        return path.relative_to(home).as_posix()
    except ValueError:
        return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100 - resolve() would follow links
