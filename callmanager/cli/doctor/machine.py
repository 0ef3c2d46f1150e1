"""Checks of this PC: Python, SQLite, port, addresses, firewall, room on the disks, clock."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from callmanager.cli.doctor.findings import Finding, ok, problem, warning
from callmanager.cli.doors import LOOPBACK, is_running, running_port
from callmanager.cli.screen import size_text
from callmanager.cli.spoken import language
from callmanager.cli.this_pc import fetch
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.server.process.addresses import bracketed, reached_at
from callmanager.server.process.listening import bind_listener
from callmanager.server.queries.log_lead import ADVICE, SEEN, lead_of
from callmanager.setting_kinds import is_loopback
from callmanager.settings import Settings

PYTHON_NEEDED = (3, 11)
SQLITE_NEEDED = (3, 38, 0)
LITTLE_ROOM = 1_000_000_000
NO_ROOM = 200_000_000
_ANSWER_SECONDS = 5

PORT, ADDRESSES, FIREWALL = N_("Port"), N_("Addresses"), N_("Firewall")
PYTHON, SQLITE, ROOM, CLOCK = N_("Python"), N_("SQLite"), N_("Disk space"), N_("Clock")


def check_versions() -> Iterator[Finding]:
    """Python and SQLite."""
    version = platform.python_version()
    if sys.version_info >= PYTHON_NEEDED:
        yield ok("python", PYTHON, "%(version)s", version=version)
    else:
        yield problem("python", PYTHON, "%(version)s", N_("Install Python 3.11 or newer."), version=version)
    if sqlite3.sqlite_version_info >= SQLITE_NEEDED:
        yield ok("sqlite", SQLITE, "%(version)s", version=sqlite3.sqlite_version)
    else:
        advice = N_("This Python brings an old SQLite. Install a newer Python.")
        yield problem("sqlite", SQLITE, "%(version)s", advice, version=sqlite3.sqlite_version)


def check_port(settings: Settings) -> Iterator[Finding]:
    """Whether the server can listen, or does so already."""
    if is_running(settings):
        yield _running(running_port(settings), https=settings.TLS_CERT is not None)
        return
    try:
        bind_listener(settings.SERVER_HOST, settings.SERVER_PORT).close()
    except CallManagerError as error:
        yield problem("port", PORT, error.message, N_("Then run `callmanager doctor` again."), **error.params)
    else:
        yield ok("port", PORT, N_("%(port)s is free; the server is not running."), port=settings.SERVER_PORT)


def _running(port: int, *, https: bool) -> Finding:
    if https:  # asking it would need the certificate; the note beside the database says enough
        return ok("port", PORT, N_("The server is running on port %(port)s."), port=port)
    try:
        address = f"http://{LOOPBACK}:{port}/health/ready"
        said = fetch(address, seconds=_ANSWER_SECONDS, headers={"Accept-Language": language()}).json()
        state, detail = said.get("status"), said.get("detail")
    except (OSError, ValueError, AttributeError):
        state = detail = None
    if detail:
        advice = N_("Look at the end of callmanager.log.")
        return problem("port", PORT, N_("The server runs and is not ready: %(detail)s"), advice, detail=detail)
    if state == "ready":
        return ok("port", PORT, N_("The server is running on port %(port)s and ready."), port=port)
    advice = N_("Look at the end of callmanager.log. If SERVER_HOST is one address of the network, this is expected.")
    return warning("port", PORT, N_("The server runs, but does not answer at 127.0.0.1:%(port)s."), advice, port=port)


def check_addresses(settings: Settings) -> Iterator[Finding]:
    """What to write into the clients, and how to let them through the firewall."""
    if is_loopback(settings.SERVER_HOST):
        advice = N_('To let other PCs in, write SERVER_HOST = "0.0.0.0" in config.py.')
        yield ok("addresses", ADDRESSES, N_("The server hears this PC only (SERVER_HOST)."), advice)
        return
    found = reached_at(settings.SERVER_HOST)
    if not found:
        advice = N_("Connect the PC to the office's network and give it a fixed address.")
        yield warning("addresses", ADDRESSES, N_("This PC has no address on a network."), advice)
        return
    scheme = "https" if settings.TLS_CERT else "http"
    urls = [f"{scheme}://{bracketed(address)}:{settings.SERVER_PORT}" for address in found]
    advice = N_('In each client, client/config_local.json: {"SERVER_URL": "%(url)s", "API_KEY": "..."}')
    yield ok("addresses", ADDRESSES, "%(urls)s", advice, urls="  ".join(urls), url=urls[0])
    yield _firewall(settings.SERVER_PORT)


def _firewall(port: int) -> Finding:
    line = _firewall_line(port)
    if line is None:
        return ok(
            "firewall", FIREWALL, N_("No firewall program was found. If there is one, let TCP %(port)s in."), port=port
        )
    advice = N_("If the clients cannot connect, run once: %(line)s")
    return ok("firewall", FIREWALL, N_("It must let TCP %(port)s in."), advice, port=port, line=line)


def _firewall_line(port: int) -> str | None:
    if sys.platform == "win32":
        rule = 'name="CallManager" dir=in action=allow protocol=TCP'
        return f"netsh advfirewall firewall add rule {rule} localport={port} profile=private,domain"
    if shutil.which("ufw"):
        return f"sudo ufw allow {port}/tcp"
    if shutil.which("firewall-cmd"):
        return f"sudo firewall-cmd --permanent --add-port={port}/tcp && sudo firewall-cmd --reload"
    return None


def check_room(settings: Settings) -> Iterator[Finding]:
    """Space for the database to grow and for the next backups."""
    folders = {existing_folder(settings.DATABASE.parent), existing_folder(settings.BACKUP_FOLDER)}
    size = settings.DATABASE.stat().st_size if settings.DATABASE.is_file() else 0
    for folder in sorted(folders):
        free = shutil.disk_usage(folder).free
        params = {"folder": str(folder), "free": size_text(free)}
        seen = N_("%(free)s free in %(folder)s")
        if free < NO_ROOM + 3 * size:
            yield problem(
                "room",
                ROOM,
                seen,
                N_("Make room, or move BACKUP_FOLDER to another disk: the server will soon be unable to write."),
                **params,
            )
        elif free < LITTLE_ROOM + 10 * size:
            yield warning("room", ROOM, seen, N_("Make room on this disk before it is full."), **params)
        else:
            yield ok("room", ROOM, seen, **params)


def existing_folder(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def check_clock(now: datetime, last_change_at: datetime | None) -> Iterator[Finding]:
    """Which time and zone the clock shows, and whether the log has seen a later one: then it was wrong, or is."""
    local = now.astimezone()
    lead = lead_of(last_change_at, now)
    if lead is not None:
        yield warning("clock", CLOCK, SEEN, ADVICE, **lead.params)
    else:
        params = {"now": local.strftime("%Y-%m-%d %H:%M"), "zone": f"{local.tzname()} {local.strftime('%z')}"}
        yield ok("clock", CLOCK, N_("%(now)s (%(zone)s)"), **params)
