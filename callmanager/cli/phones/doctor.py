"""`callmanager doctor phone`: looks at this PC's InterPhone without touching it, writes a report, and calibrates."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from callmanager import __version__
from callmanager.cli.phones.calibration import calibrate
from callmanager.cli.screen import tell
from callmanager.cli.spoken import command, option, say
from callmanager.desktop.pc.folders import data_folder
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.softphones import Health, HealthState
from callmanager.softphones.interphone.driver import bridge_command, health_of
from callmanager.softphones.interphone.keeping import BridgeKeeper
from callmanager.softphones.interphone.offers import FoundPhones, Offer, offers
from callmanager.softphones.interphone.profile import ADAPTERS, FILE_NAME, Profile, load_profile
from callmanager.softphones.uri import SCHEMES, find_handler

REPORT = "phone-report.json"


@command(
    "phone", N_("Look at this PC's InterPhone, dial nothing, and write a report; --calibrate points at its parts.")
)
@option(
    "--profile", "path", type=click.Path(dir_okay=False, path_type=Path), help=N_("Profile file; else this PC's own.")
)
@option("--adapter", type=click.Choice(ADAPTERS), help=N_("Another way to the window than the profile's."))
@option("--report", type=click.Path(dir_okay=False, path_type=Path), default=REPORT, help=N_("Where the report goes."))
@option("--lab", type=click.Path(file_okay=False, path_type=Path), help=N_("Folder of the laboratory's InterPhone."))
@option("--calibrate", "wanted", is_flag=True, help=N_("Choose the number field and the buttons, and save a profile."))
def phone(path: Path | None, adapter: str | None, report: Path, lab: Path | None, wanted: bool) -> int:
    path = path or data_folder() / FILE_NAME
    profile = load_profile(path)
    profile = replace(profile, adapter=adapter) if adapter else profile
    way = f"lab:{lab.absolute()}" if lab else profile.adapter
    if wanted:
        return calibrate(way, profile, path)
    found = examine(way, profile, path)
    report.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    _print(found)
    tell(N_("The report is in %(path)s. It holds no phone numbers; send it to IT."), path=str(report))
    return 0 if found["health"]["state"] == HealthState.READY else 1


def examine(way: str, profile: Profile, path: Path) -> dict[str, Any]:
    """Everything that can be seen without changing anything, as it goes into the report."""
    handlers = {scheme: find_handler(scheme) for scheme in SCHEMES}
    bridge = BridgeKeeper(bridge_command(way), profile, on_event=lambda _wire: None, on_end=lambda: None)
    try:
        health, seen = _look(bridge)
    finally:
        bridge.close()
    on_windows = sys.platform == "win32"
    asked = None if way in ADAPTERS and not on_windows else health
    return {
        "callmanager": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "profile": str(path) if path.exists() else "default",
        "health": {"state": health.state, "detail": health.detail, "params": dict(health.params)},
        "window": seen,
        "handlers": handlers,
        "offers": [_to_wire(offer) for offer in offers(FoundPhones(on_windows, asked, handlers["tel"]))],
    }


def _look(bridge: BridgeKeeper) -> tuple[Health, Mapping[str, Any]]:
    """The health that a driver would tell, and the windows. What hangs is told apart from what is not there."""
    while (health := health_of(bridge)).is_starting:
        pass  # each look waits for the start
    try:
        reply = bridge.ask({"ask": "inspect"})
    except CallManagerError as error:
        return health, {"fault": error.code}
    answer = reply.answer or {}
    return health, answer.get("ok") or {"fault": "silent"}


def _to_wire(offer: Offer) -> dict[str, Any]:
    return {"driver": offer.driver, "can": offer.can, "why": offer.why, "params": dict(offer.params)}


def _print(found: Mapping[str, Any]) -> None:
    health, seen = found["health"], found["window"]
    click.echo(say(health["detail"], **health["params"]))
    if sys.platform != "win32" and "windows" not in seen:
        tell(
            N_("On this system the window, its program and its rights cannot be looked at: InterPhone is for Windows.")
        )
    for window in seen.get("windows", []):
        _print_window(window)
    for scheme, handler in found["handlers"].items():
        tell(N_("%(scheme)s: addresses are taken by %(program)s."), scheme=scheme, program=handler or say(N_("nobody")))
    if "interphone" in found["handlers"]["tel"].casefold():
        tell(N_("InterPhone takes tel: addresses: the driver `uri` dials with it and needs no calibration."))
    tell(N_("What can be used here, best first:"))
    for offer in found["offers"]:
        mark = say(N_("yes")) if offer["can"] else say(N_("no"))
        click.echo(f"  {offer['driver']:<11} {mark:<3} {say(offer['why'], **offer['params'])}")


def _print_window(window: Mapping[str, Any]) -> None:
    program = window["program"]
    click.echo(f"{window['title']}  {program['path']} {program['version']}")
    bits, above = program["bits"] or "?", {True: N_("yes"), False: N_("no"), None: N_("unknown")}[program["elevated"]]
    tell(N_("  %(bits)s bits; runs as administrator: %(above)s; minimised: %(minimised)s"),
         bits=bits, above=say(above), minimised=say(N_("yes") if window["minimised"] else N_("no")))  # fmt: skip
    if window["fault"]:
        tell(N_("  It could not be read: %(fault)s"), fault=window["fault"])
    for control in window["controls"]:
        state = "" if control["visible"] and control["enabled"] else "-"
        click.echo(f"  {'  ' * control['depth']}{state}{control['kind']} {control['class']} "
                   f"#{control['auto_id']} {control['text']!r}")  # fmt: skip
