"""A server that goes and comes back under a crowd of clients: how they return, and what their return costs it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callmanager.desktop.remote import Remote
from callmanager.domain.clock import SystemClock
from callmanager.server.actions import contacts
from callmanager.server.backups.restore import restore
from tests.crowds import Noted, gathered, most_at_once
from tests.live_server import RunningServer, start_server
from tests.web import QUICK, Web

WORKERS = ("agent-norte", "agent-sur", "lead-norte", "manager", "free")
FIRST_LOAD_SECONDS = 90.0
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Outage:
    """What happens to the server. `restored`: its backup is put in place of the database, which makes a new epoch."""

    clients: int
    processes: int
    contacts: int
    page_limit: int
    orderly: bool = True
    restored: bool = False
    down_seconds: float = 0.0


@dataclass(frozen=True)
class Return:
    """How a crowd came back. Moments are seconds after the server answered again; some are there a moment earlier."""

    synced: list[float]
    connected: list[float]
    most_attempts: int
    snapshots: Counter[int]
    pages: Counter[int]
    polling: int
    answer_seconds: list[float]
    overlapping: int
    largest_page: int

    @property
    def most_connected(self) -> int:
        """The most connections that were made in any 100 ms."""
        return most_at_once(self.connected)


def suffer(folder: Path, outage: Outage) -> Return:
    """Gather a crowd, let the server go and come back, and say how everybody returned."""
    keys = build_office(folder, outage.contacts)
    server = start_server(folder, **QUICK)
    try:
        how = {"clients": outage.clients, "processes": outage.processes, "page_limit": outage.page_limit}
        with gathered(server.url, [keys[who] for who in WORKERS], **how) as crowd:
            crowd.wait_synced(_create(server, keys["manager"]), since=0.0, seconds=FIRST_LOAD_SECONDS)
            gone_at = time.monotonic()
            server = come_back(server, outage)
            ready_at = time.monotonic()
            seq = _create(server, keys["manager"])
            synced = crowd.wait_synced(seq, since=gone_at, seconds=PATIENCE_SECONDS)
            return _report(crowd.notes(gone_at), ready_at, synced)
    except AssertionError as error:
        raise AssertionError(f"{error}; the server ({server.process.poll()}) said: {server.printed()}") from error
    finally:
        server.kill()


def build_office(folder: Path, many: int) -> dict[str, str]:
    """The people of tests.web and `many` contacts that all of them see; the keys by name."""
    web = Web(folder)
    actor = web.services.identities.by_username("boss").actor
    with web.services.log.write(actor, "cli", bulk=True) as tx:
        for number in range(many):
            fields = {"phone": f"8{number:07d}", "name": f"Persona {number}", "note": "x" * 200}
            contacts.create(tx, fields, region="CR")
    web.services.imports.close()
    web.close()
    return dict(web.keys)


def come_back(server: RunningServer, outage: Outage) -> RunningServer:
    """End the process, and start another at the same address."""
    if outage.orderly:
        assert server.stop() == 0, server.printed()
    else:
        server.kill()
    if outage.restored:
        backup = max(server.backups.glob("contacts_*.db"))
        restore(server.database, backup, clock=SystemClock())
    time.sleep(outage.down_seconds)
    return start_server(server.folder, **QUICK, SERVER_PORT=server.port)


def _create(server: RunningServer, key: str) -> int:
    remote = Remote(server.url, api_key=key)
    made = remote.ask("POST", "/contacts", body={"phone": "8888-0000", "name": "De hoy"}).body
    remote.close()
    return int(made["seq"])


def _report(notes: Sequence[Noted], ready_at: float, synced: dict[int, float]) -> Return:
    questions = list(_questions(notes))
    return Return(
        synced=sorted(at - ready_at for at in synced.values()),
        connected=sorted(note.at - ready_at for note in notes if note.what == "connected"),
        most_attempts=most_at_once([note.at for note in notes if note.what == "connects"]),
        snapshots=Counter(begun.client for begun, _end in questions if begun.what == "snapshot"),
        polling=len({note.client for note in notes if note.what == "polling"}),
        pages=Counter(begun.client for begun, end in questions if end is not None),
        answer_seconds=sorted(end.at - begun.at for begun, end in questions if end is not None),
        overlapping=sum(_overlaps(note.what for note in notes if note.client == client) for client in synced),
        largest_page=max((end.number for _begun, end in questions if end is not None), default=0),
    )


def _questions(notes: Sequence[Noted]) -> Iterable[tuple[Noted, Noted | None]]:
    """Each page that was asked for, and its answer, None when there was none."""
    waiting: dict[int, Noted] = {}
    for note in notes:
        if note.what in {"snapshot", "feed"}:
            if note.client in waiting:
                yield waiting[note.client], None
            waiting[note.client] = note
        elif note.what == "answered" and note.client in waiting:
            yield waiting.pop(note.client), note
    yield from ((begun, None) for begun in waiting.values())


def _overlaps(whats: Iterable[str]) -> int:
    """How often a client asked for a page before the one before was answered or had failed."""
    open_questions = found = 0
    for what in whats:
        if what in {"snapshot", "feed"}:
            open_questions += 1
            found += open_questions > 1
        elif what in {"answered", "failed"}:
            open_questions = 0
    return found


def spread_of(moments: Sequence[float]) -> float:
    """Seconds between the first and the last tenth of the moments."""
    ordered = sorted(moments)
    return ordered[int(len(ordered) * 0.9)] - ordered[int(len(ordered) * 0.1)]
