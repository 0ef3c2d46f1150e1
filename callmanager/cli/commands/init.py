"""`callmanager init`: makes a new, empty office where there is none, after asking what it is called and where it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from callmanager.cli.desk import Desk
from callmanager.cli.screen import tell, warn
from callmanager.cli.spoken import command, option, say
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Conflict
from callmanager.domain.office import can_load_zone, zone_named
from callmanager.domain.texts import N_
from callmanager.server.process.offices import has_office
from callmanager.server.process.ownership import own_database
from callmanager.setting_sources import decode_source
from callmanager.settings import TABLE, Settings, load_settings

LOCAL_ZONE = Path("/etc/localtime")


@command("init", N_("Make a new, empty office here; asks for its name, country and time zone, unless they are given."))
@option("--name", metavar="NAME", help=N_("Name of the office."))
@option("--country", help=N_("Country of numbers without one: two letters, such as CR or ES."))
@option("--zone", help=N_("Time zone of the office, such as America/Costa_Rica."))
@option("--no-questions", is_flag=True, help=N_("Ask nothing: what is not given is what a plain Enter would answer."))
@click.pass_obj
def init(desk: Desk, name: str | None, country: str | None, zone: str | None, no_questions: bool) -> None:
    settings = desk.settings
    if has_office(settings.DATABASE):
        raise Conflict(
            "office_exists",
            N_(
                "There is an office here already: %(path)s. Its name, country and time zone are OFFICE_NAME, "
                "DEFAULT_REGION and OFFICE_ZONE in config.py."
            ),
            path=str(settings.DATABASE),
        )
    ask = _plain_answer if no_questions else _asked
    chosen = {"OFFICE_NAME": _settled("OFFICE_NAME", name, N_("Name of the office"), settings.OFFICE_NAME, ask)}
    region = _settled("DEFAULT_REGION", country, N_("Country (two letters)"), settings.DEFAULT_REGION, ask)
    guess = settings.OFFICE_ZONE or guess_zone(region)
    chosen |= {"DEFAULT_REGION": region, "OFFICE_ZONE": _settled("OFFICE_ZONE", zone, N_("Time zone"), guess, ask)}
    write_lines(desk.home, {key: value for key, value in chosen.items() if value != getattr(settings, key)})
    _make(load_settings(desk.home, desk.overrides))


def guess_zone(region: str) -> str:
    """The zone of this PC, where it says one by name; else that of the country's numbers which shows the same hour,
    or the only one of the country on a PC that keeps UTC; "" where nothing fits."""
    named = os.environ.get("TZ", "") or os.path.realpath(LOCAL_ZONE).partition("zoneinfo/")[2]
    here = datetime.now().astimezone()
    if named and here.tzname() != "UTC" and can_load_zone(named):
        return named
    zones = _zones_of(region)
    if here.tzname() == "UTC":
        return zones[0] if len(zones) == 1 else ""
    return next((zone for zone in zones if here.astimezone(zone_named(zone)).utcoffset() == here.utcoffset()), "")


def _zones_of(region: str) -> list[str]:
    import phonenumbers  # noqa: PLC0415 - 100 ms that only a guess needs
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    example = phonenumbers.example_number(region)
    return [] if example is None else [zone for zone in time_zones_for_number(example) if can_load_zone(zone)]


def _settled(name: str, given: str | None, label: str, default: str, ask: Callable[[str, str], str]) -> str:
    """The checked value of a setting: the one given, else the answer; a wrong answer is asked again. Raises what a
    wrong setting does."""
    kind = TABLE[name].kind
    while True:
        text = ask(label, default) if given is None else given
        try:
            return str(kind.parse(text))
        except ValueError:
            place: dict[str, Any] = {"place": "init", "name": name, "read": repr(text), **kind.params}
            if given is not None or text == default:
                raise Conflict("setting_wrong", kind.message, **place) from None
            warn(kind.message, **place)


def _asked(label: str, default: str) -> str:
    try:
        return input(f"{say(label)} [{default or '-'}]: ").strip() or default
    except EOFError:  # nobody is there to answer
        click.echo()
        return default


def _plain_answer(_label: str, default: str) -> str:
    return default


def _make(settings: Settings) -> None:
    from callmanager.server.app import build_services  # noqa: PLC0415 - half a second that questions need not wait for

    with own_database(settings.DATABASE, port=0, now=SystemClock().now()):
        services = build_services(settings)
        services.imports.close()
        services.storage.close()
    tell(N_("A new, empty office was made: %(path)s"), path=settings.DATABASE)
    tell(N_("Start it with `callmanager serve` and sign in on this PC as admin, password 1234, which must be changed."))


def write_lines(home: Path, values: Mapping[str, str]) -> None:
    """Set these texts in the config.py of `home`, which may not exist; all else in it stays.

    Raises SettingsError, and leaves the file as it was, where it could then not be read.
    """
    if not values:
        return
    path = home / "config.py"
    before = path.read_bytes() if path.is_file() else None
    text = decode_source(before or b"")
    for name, value in values.items():
        text = _with_line(text, name, value)
    path.write_text(text, "utf-8", newline="")
    try:
        load_settings(home)
    except CallManagerError:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
        raise


def _with_line(text: str, name: str, value: str) -> str:
    line = f"{name} = {_quoted(value)}"
    found = list(re.finditer(rf"^(#[ \t]*)?{name}[ \t]*=.*?(?=\r?$)", text, re.MULTILINE))
    in_use = [one for one in found if not one[1]] or found
    if in_use:  # of several lines Python takes the last
        return text[: in_use[-1].start()] + line + text[in_use[-1].end() :]
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
