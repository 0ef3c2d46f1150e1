"""`callmanager doctor`: runs every check and prints one line each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from callmanager.cli.desk import Desk
from callmanager.cli.doctor import machine, offices, registers, stock, trust
from callmanager.cli.doctor.findings import LEVEL_NAMES, Finding, Level, ok, problem
from callmanager.cli.phones.doctor import phone
from callmanager.cli.screen import show_json, tell
from callmanager.cli.spoken import group, option, say
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.settings import Settings

SETTINGS = N_("Settings")
_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


@group("doctor", N_("Check this PC, the settings and the data, and say what to do. Changes nothing."), alone=True)
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> int:
    if ctx.invoked_subcommand:
        return 0
    desk: Desk = ctx.obj
    found = list(examine(desk))
    if as_json:
        show_json([finding.to_wire() for finding in found])
    else:
        _print(found)
    return 1 if any(finding.level is Level.PROBLEM for finding in found) else 0


doctor.add_command(phone)


def examine(desk: Desk) -> Iterator[Finding]:
    """Every check; those that need settings only when these can be read."""
    yield from machine.check_versions()
    try:
        settings = desk.settings
    except CallManagerError as error:
        yield problem(
            "settings", SETTINGS, error.message, N_("Correct it; the other checks need the settings."), **error.params
        )
        return
    yield _settings(desk.home)
    yield from _examine(settings, SystemClock().now())


def _settings(home: Path) -> Finding:
    path = home / "config.py"
    if path.is_file():
        return ok("settings", SETTINGS, "%(path)s", path=str(path))
    hint = N_("If that is not the folder of the server, run this there or add --home FOLDER.")
    return ok(
        "settings",
        SETTINGS,
        N_("There is no config.py in %(home)s: every setting has its default."),
        hint,
        home=str(home),
    )


def _examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield from machine.check_port(settings)
    yield from machine.check_addresses(settings)
    facts, seen = stock.look_at_database(settings)
    yield from seen
    yield from machine.check_room(settings)
    yield from stock.check_backups(settings, now, has_database=facts is not None)
    yield from offices.check_office(settings, now)
    yield from machine.check_clock(now, facts.last_change_at if facts else None)
    yield from trust.check_secret(settings)
    if facts is not None and facts.revision is not None and facts.first_fault is None:
        yield from trust.check_first_password(settings)
    if facts is not None and facts.first_fault is None:
        yield from registers.check_registers(settings, now, facts.revision)
    yield from trust.check_keys(settings)
    yield from trust.check_tls(settings, now)
    yield from stock.check_log(settings)
    yield from stock.check_files(settings)


def _print(found: list[Finding]) -> None:
    levels = max(len(say(name)) for name in LEVEL_NAMES.values())
    checks = max(len(say(finding.check)) for finding in found)
    for finding in found:
        level = click.style(say(LEVEL_NAMES[finding.level]).ljust(levels), fg=_COLOURS[finding.level])
        click.echo(f"{level}  {say(finding.check):<{checks}}  {finding.seen_text()}")
        if finding.advice:
            click.echo(f"{'':<{levels + checks + 4}}-> {finding.advice_text()}")
    counted = [sum(finding.level is level for finding in found) for level in (Level.WARNING, Level.PROBLEM)]
    tell(N_("Warnings: %(warnings)s. Problems: %(problems)s."), warnings=counted[0], problems=counted[1])
