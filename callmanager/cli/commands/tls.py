"""`callmanager tls init`: an authority of the office and a certificate of the server."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

import click

from callmanager.cli.desk import Desk
from callmanager.cli.screen import tell
from callmanager.cli.spoken import group, option
from callmanager.domain.clock import SystemClock
from callmanager.domain.texts import N_
from callmanager.server.process.addresses import lan_addresses, own_names, reached_at
from callmanager.server.security.tls import check_names, init_tls
from callmanager.settings import Settings


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
    settings, host = desk.settings, socket.gethostname()
    known = _names(settings, names)
    made = init_tls(desk.home / folder, known, now=SystemClock().now(), overwrite=renew)
    tell(N_("The certificate covers: %(names)s"), names=", ".join(check_names(known)))
    tell(N_("Write these two lines into config.py and start the server again:"))
    click.echo(f'  TLS_CERT = "{_as_written(made.cert, desk.home)}"')
    click.echo(f'  TLS_KEY = "{_as_written(made.key, desk.home)}"')
    tell(N_("Give this file to the clients: %(path)s"), path=made.ca)
    tell(N_("In each client: SERVER_URL = https://%(host)s:%(port)s"), host=host, port=settings.SERVER_PORT)
    tell(N_("Fingerprint (SHA-256), to compare on the clients: %(fingerprint)s"), fingerprint=made.fingerprint_sha256)


def _names(settings: Settings, more: Iterable[str]) -> list[str]:
    """This PC's own, those of the settings, and its addresses: on all its networks, also while it hears itself only."""
    ours = [*own_names(), *(name for name in settings.ALLOWED_HOSTS if "*" not in name)]
    is_six = ":" in settings.SERVER_HOST
    loopback = ["localhost", "127.0.0.1", *(["::1"] if is_six else [])]
    reached = [*lan_addresses(ipv6=is_six), *reached_at(settings.SERVER_HOST)]
    return list(dict.fromkeys([*loopback, *ours, *reached, *more]))


def _as_written(path: Path, home: Path) -> str:
    """As config.py wants it: relative to its folder where it can be, with slashes."""
    try:
        return path.relative_to(home).as_posix()
    except ValueError:
        return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100 - resolve() would follow links
