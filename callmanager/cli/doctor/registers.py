"""Checks of the do-not-call registers: how old their files are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from callmanager.cli.doctor.findings import Finding, ok, warning
from callmanager.domain.texts import N_
from callmanager.server.queries.registers import list_registers
from callmanager.server.storage.sqlite_reader import SqliteReader
from callmanager.settings import Settings

REGISTERS = N_("Do-not-call registers")
_SINCE = "0010"
"""The first schema that has them."""


def check_registers(settings: Settings, now: datetime, revision: str | None) -> Iterator[Finding]:
    """One line for each; an office without any needs none."""
    if revision is None or revision < _SINCE:
        return
    storage = SqliteReader(settings.DATABASE)
    try:
        with storage.read() as connection:
            found = list_registers(connection, now)
    finally:
        storage.close()
    for one in found:
        told = {"name": one["name"], "numbers": one["numbers"], "days": one["age_days"]}
        if one["is_old"]:
            advice = N_("Ask the register for a newer file and run: callmanager do-not-call load FILE --source NAME")
            seen = N_("%(name)s: %(numbers)s numbers, loaded %(days)s days ago")
            yield warning("register_old", REGISTERS, seen, advice, **told)
        elif one["load_id"]:
            yield ok("register", REGISTERS, N_("%(name)s: %(numbers)s numbers, loaded %(days)s days ago"), **told)
