"""Live updates of many teams after a long time: a saved edit, heard by as many windows, against one team at the start.

Both servers run side by side and take turns. An edit of a team's contact concerns that team, of a shared one everybody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, at_most, below
from bench.live.hearing import Heard, hear
from bench.live.telling import CONTACT, patching
from bench.offices import open_services
from bench.runs import Run
from bench.servers import Running, our_server
from callmanager.server.changes.entities import API_KEY, TEAM, USER
from callmanager.server.changes.entities import CONTACT as CONTACTS
from callmanager.server.security.keys import new_key

CHANGES = 1_000_000
CONTACTS_KEPT = 1_000
WINDOWS = 200
RATE = 20
TEAMS = (20, 100)
OF_A_TEAM = CONTACT + 1
BOUND = 1.3


class _Office(NamedTuple):
    """A server and a key of an agent of each team."""

    server: Running
    keys: Sequence[str]


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    changes = CHANGES if run.contacts >= 100_000 else CHANGES // 10
    with ExitStack() as stack:
        young = _open(stack, run, "young", teams=1, changes=0)
        old = _open(stack, run, "old", teams=max(TEAMS), changes=changes)
        for teams in TEAMS:
            many = _Office(old.server, old.keys[:teams])
            figures += _compare(run, young, many, f"live, {teams} teams after {changes:,} changes")
    return figures


def _compare(run: Run, one: _Office, many: _Office, name: str) -> list[Figure]:
    figures: list[Figure] = []
    changes = int(run.seconds * 2 * RATE)
    for whose, contact in (("a team's", OF_A_TEAM), ("shared", CONTACT)):
        lost = 0
        late: list[tuple[float, float]] = []
        work: list[tuple[float, float]] = []
        for _ in range(run.rounds):
            ours, floor = (_hear(office, contact, changes) for office in (many, one))
            late.append((ours.p50, floor.p50))
            work.append((ours.cpu, floor.cpu))
            lost += ours.lost
        figures += [
            at_most(f"{name}, {whose} contact: p50", late, BOUND, "ms"),
            at_most(f"{name}, {whose} contact: CPU per change", work, BOUND, "us"),
            below(f"{name}, {whose} contact: lost", lost, 1, "messages"),
        ]
    return figures


def _hear(office: _Office, contact: int, changes: int) -> Heard:
    concerned = WINDOWS if contact == CONTACT else WINDOWS // len(office.keys)
    with patching(office.server, contact) as tell:
        return hear(office.server, WINDOWS, changes, RATE, tell, keys=office.keys, concerned=concerned)


def _open(stack: ExitStack, run: Run, name: str, *, teams: int, changes: int) -> _Office:
    folder = stack.enter_context(run.offices.copy(CONTACTS_KEPT, name))
    keys = _add_teams(folder, teams)
    if changes:
        _add_changes(folder / "contacts.db", changes, teams)
    return _Office(stack.enter_context(our_server(folder)), keys)


def _add_teams(folder: Path, teams: int) -> list[str]:
    """So many teams with an agent each; one contact becomes the first one's. Answers the agents' keys."""
    keys = [new_key() for _ in range(teams)]
    with open_services(folder) as services:
        actor = services.identities.by_username("admin").actor
        with services.log.write(actor, "cli") as tx:
            for number, key in enumerate(keys):
                team = tx.insert(TEAM, {"name": f"Equipo {number}"})
                agent = {"username": f"agente{number}", "role": "agent", "team_id": team.id, "active": True}
                user = tx.insert(USER, {**agent, "token_version": 1, "sight_seq": tx.next_seq})
                tx.insert(API_KEY, {"user_id": user.id, "label": "", "public_id": key.public_id, "digest": key.digest})
                if number == 0:
                    tx.update(tx.get(CONTACTS, OF_A_TEAM), team_id=team.id)
    return [key.text for key in keys]


def _add_changes(database: Path, changes: int, teams: int) -> None:
    """A long past, written past the door, whose hashes prove nothing: notes of contacts, and now and then a move."""
    with closing(sqlite3.connect(database)) as connection, connection:
        seq, set_id = connection.execute("SELECT seq, set_id FROM log_head").fetchone()
        connection.execute(_PAST, {"seq": seq, "set": set_id, "count": changes, "teams": teams, "kept": CONTACTS_KEPT})
        connection.execute("UPDATE log_head SET seq = seq + ?, set_id = set_id + ?", (changes, changes))


_PAST = """
INSERT INTO changes
  (seq, set_id, at, actor_id, actor_name, origin, entity, record_id, kind, fields, scope, scope_before, hash)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
SELECT :seq + n, :set + n, head.at, 1, 'admin', 'api', iif(n % 20, 'contact', 'session'), 1 + n * 7919 % :kept,
  'updated', '{"note":["antes","después"]}', 'team:' || (1 + n % :teams),
  iif(n % 500, NULL, 'team:' || (1 + (n + 1) % :teams)), head.hash
FROM numbers, log_head AS head
"""
