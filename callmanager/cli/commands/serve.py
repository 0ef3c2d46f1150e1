"""`callmanager serve`: the server, with settings from the command line over those of config.py."""

from __future__ import annotations

from typing import Any

import click

from callmanager.cli.desk import Desk
from callmanager.cli.spoken import command, option
from callmanager.domain.texts import N_


@command("serve", N_("Start the server. Options win over config.py for this run."))
@option("--host", "SERVER_HOST", help=N_('Address to listen on: "0.0.0.0" for the whole network.'))
@option("--port", "SERVER_PORT", type=int, help=N_("Port to listen on."))
@option("--database", "DATABASE", help=N_("File of the database."))
@option("--backup-folder", "BACKUP_FOLDER", help=N_("Folder of the backups."))
@option("--log-file", "LOG_FILE", help=N_("File of the log."))
@option("--log-level", "LOG_LEVEL", help=N_("debug, info, warning or error."))
@option("--tls-cert", "TLS_CERT", help=N_("Certificate (PEM) for https."))
@option("--tls-key", "TLS_KEY", help=N_("Private key (PEM) of the certificate."))
@click.pass_obj
def serve(desk: Desk, /, **overrides: Any) -> int:
    desk.overrides.update(overrides)
    settings = desk.settings
    from callmanager.server.run import serve as run_server  # noqa: PLC0415 - wrong settings are told at once

    return run_server(settings)
