"""The command line as a program: its language, its commands, and what a person reads when something goes wrong."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from callmanager import __version__
from callmanager.cli.desk import Desk
from callmanager.cli.screen import show_times_in
from callmanager.cli.spoken import Group, option, say, speak
from callmanager.domain.errors import CallManagerError
from callmanager.domain.office import zone_named
from callmanager.domain.texts import N_
from callmanager.i18n import DEFAULT_LANGUAGE, LANGUAGES
from callmanager.server.logs import get_log, set_up_logs, take_down_logs
from callmanager.settings import Settings, load_settings

_log = get_log("cli")
_MEGABYTE = 1_048_576
INTERRUPTED = 130

COMMANDS = {
    "serve": ("callmanager.cli.commands.serve:serve", N_("Start the server.")),
    "init": ("callmanager.cli.commands.init:init", N_("Make a new, empty office in this folder.")),
    "demo": ("callmanager.cli.demo:demo", N_("Start a demo server with people, campaigns and 5,000 contacts.")),
    "user": ("callmanager.cli.commands.users:user", N_("Users: add, list, password, role, sessions.")),
    "team": ("callmanager.cli.commands.teams:team", N_("Teams: add, list, rename.")),
    "key": ("callmanager.cli.commands.keys:key", N_("API keys: create, list, revoke.")),
    "import": ("callmanager.cli.commands.imports:import_", N_("Bring in a list of contacts; list and undo imports.")),
    "do-not-call": (
        "callmanager.cli.commands.do_not_call:do_not_call",
        N_("Registers of numbers never to call: load a file, list, undo; ask what bars a number."),
    ),
    "export": ("callmanager.cli.commands.exports:export", N_("Write contacts to a CSV, Excel or JSON file.")),
    "backup": ("callmanager.cli.commands.backups:backup", N_("Backups: take, list, verify, restore, rehearse.")),
    "watch": ("callmanager.cli.commands.watch:watch", N_("Show what everybody changes, as it happens, one line each.")),
    "audit": ("callmanager.cli.commands.audit:audit", N_("Check that the history was not rewritten.")),
    "doctor": ("callmanager.cli.doctor:doctor", N_("Check this PC, the settings and the data, and say what to do.")),
    "tls": ("callmanager.cli.commands.tls:tls", N_("Certificates for https.")),
}


@click.group(
    cls=Group,
    lazy=COMMANDS,
    help=N_("CallManager: shared contacts and calls for the office. Run it in the folder of config.py."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help=N_("Folder of config.py and the database; the current one if not given."),
)
@option("--lang", type=click.Choice(LANGUAGES), help=N_("Language of what is printed."))
@click.version_option(__version__, prog_name="CallManager", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, home: Path, lang: str | None) -> None:
    del lang  # taken before anything was said: see _language_of
    ctx.obj = Desk(home.absolute())


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 not done, 2 not understood, 130 interrupted."""
    arguments = sys.argv[1:] if argv is None else argv
    settings = _find_settings(arguments)
    speak(_language_of(arguments, settings))
    if settings is not None:
        show_times_in(zone_named(settings.OFFICE_ZONE))
    try:
        answer = root.main(arguments, prog_name="callmanager", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(say("Aborted!"), err=True)
        return INTERRUPTED
    except CallManagerError as error:
        click.echo(say(error.message, **error.params), err=True)
        return 1
    except BrokenPipeError:  # the reader (head, less) has seen enough
        _forget_output()
        return 1
    except Exception:  # noqa: BLE001  # the edge of the command line, like those of HTTP and of jobs
        return _unexpected(arguments)
    return answer if isinstance(answer, int) else 0


def _find_settings(arguments: Sequence[str]) -> Settings | None:
    """The settings, or None: a broken one must not keep its own error from being read."""
    try:
        return load_settings(Path(_value_of("--home", arguments) or "."))
    except CallManagerError:
        return None


def _language_of(arguments: Sequence[str], settings: Settings | None) -> str:
    """From --lang, else from the settings."""
    given = _value_of("--lang", arguments)
    if given in LANGUAGES:
        return given
    if settings is not None:
        return settings.LANGUAGE
    chosen = os.environ.get("CALLMANAGER_LANGUAGE", "")
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def _value_of(name: str, arguments: Sequence[str]) -> str:
    """What is given for an option of the root, which stands before the command."""
    for position, argument in enumerate(arguments):
        if argument == name:
            return "".join(arguments[position + 1 : position + 2])
        if argument.startswith(f"{name}="):
            return argument.removeprefix(f"{name}=")
        if argument in COMMANDS:
            break
    return ""


def _unexpected(arguments: Sequence[str]) -> int:
    """Log what nobody thought of, under a number, and show nothing of its inside."""
    incident = secrets.token_hex(4)
    log_file = Path(_value_of("--home", arguments) or ".").absolute() / "callmanager.log"
    set_up_logs(log_file, level="info", max_bytes=10 * _MEGABYTE, kept=5)
    try:
        command = next((word for word in arguments if word in COMMANDS), "")
        _log.exception("failed", incident=incident, command=command)
    finally:
        take_down_logs()
    message = N_("Something went wrong. Tell IT the number %(incident)s; what happened is in %(log)s.")
    click.echo(say(message, incident=incident, log=str(log_file)), err=True)
    return 1


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
