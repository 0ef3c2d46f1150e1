"""What people wait for while long work goes on: an import, its undo, a backup, the check of the log, an export."""

from __future__ import annotations

import json
from collections.abc import Callable

from bench.crowd import Crowd
from bench.figures import Figure
from bench.offices import given_contacts
from bench.runs import Run
from bench.servers import Running, our_server

TIMES = 3.0
PIECE_SECONDS = 0.5
"""Short: some of the work takes no longer than a second."""


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    with run.offices.copy(run.contacts) as folder, our_server(folder) as server:
        crowd = Crowd(run, server, PIECE_SECONDS)
        name = f"{run.contacts // 2:,} contacts are"
        imported = crowd.beside(lambda: _import(run, server))
        figures += imported.figures(f"{name} imported", TIMES)
        undo = f"/imports/{json.loads(imported.answer[0])['import_id']}/undo"
        works: dict[str, Callable[[], bytes]] = {
            f"{name} taken back": lambda: server.ask("POST", undo),
            "a backup is taken and verified": lambda: server.ask("POST", "/backups"),
            "the log is verified": lambda: server.get("/audit/verify"),
            "a workbook is exported": lambda: server.get("/export?format=xlsx"),
            "a table is exported": lambda: server.get("/export?format=csv"),
        }
        for what, work in works.items():
            figures += crowd.beside(work).figures(what, TIMES)
    return figures


def _import(run: Run, server: Running) -> bytes:
    """Contacts that the office does not have yet."""
    new = list(given_contacts(run.contacts * 3 // 2))[run.contacts :]
    body = json.dumps(new, ensure_ascii=False).encode()
    return server.ask("POST", "/import", body, {"Content-Type": "application/json"})
