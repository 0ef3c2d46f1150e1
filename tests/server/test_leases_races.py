"""Many race for the same contacts, some paused, killed or with a wrong clock: never two holders, no late write."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from callmanager.domain.clock import SystemClock, from_wire
from callmanager.domain.errors import Locked
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import locks
from callmanager.server.changes.write import ChangeLog
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases
from callmanager.server.leases.terms import LeaseTerms, Purpose
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.tables import changes, leases
from tests.lease_office import LeaseOffice

ROOT = Path(__file__).resolve().parents[2]
RACERS = 4
ROUNDS = {"small": 60, "long": 2_500}


@pytest.fixture
def office(tmp_path: Path) -> LeaseOffice:
    opened = LeaseOffice(SqliteStorage(tmp_path / "contacts.db"))
    for _ in range(3):
        opened.create()
    return opened


@pytest.mark.parametrize("threads", [8, pytest.param(200, id="two-hundred")])
def test_of_many_who_ask_at_once_exactly_one_gets_the_contact(office: LeaseOffice, threads: int) -> None:
    agents = [office.hire(f"agente{number}", Role.AGENT, office.team_id) for number in range(threads)]
    for contact_id in (1, 2, 3):
        got: list[str] = []
        start = threading.Barrier(threads)

        def ask(
            agent: Actor, contact_id: int = contact_id, got: list[str] = got, start: threading.Barrier = start
        ) -> None:
            start.wait()
            try:
                office.do(locks.lock, office.leases, contact_id, Purpose.EDIT, actor=agent)
            except Locked:
                return
            got.append(agent.name)

        running = [threading.Thread(target=ask, args=(agent,)) for agent in agents]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        assert len(got) == 1


@dataclass(frozen=True)
class Grant:
    """What a racer noted. `is_open`: it was never given back, as far as he came to know."""

    contact_id: int
    token: int
    acquired_at: str
    expires_at: str
    racer: int
    is_open: bool


@pytest.mark.parametrize("size", ["small", pytest.param("long", marks=pytest.mark.long)])
def test_paused_killed_and_clock_stepped_holders_never_share_a_contact(office: LeaseOffice, size: str) -> None:
    folder = office.storage.path.parent  # type: ignore[attr-defined]
    racers = [office.hire(f"racer-{number}", Role.AGENT).id for number in range(RACERS)]
    office.storage.close()
    Disturbed(folder, racers, ROUNDS[size]).run()
    facts = {racer: journal(folder, racer).read_text("utf-8").splitlines() for racer in racers}
    grants = [grant for racer, lines in facts.items() for grant in read_grants(racer, lines)]
    assert len(grants) > RACERS * ROUNDS[size] // 20
    check_nobody_shared(grants)
    check_every_write_was_the_last_of_its_time(folder, [line for lines in facts.values() for line in lines])


class Disturbed:
    """The racers, stopped and continued at random; now and then one is killed and started again."""

    def __init__(self, folder: Path, racers: list[int], rounds: int) -> None:
        self.folder, self.rounds, self.killed = folder, rounds, 0
        self.dice = random.Random(4)
        self.running = {racer: self.race(racer, rounds) for racer in racers}

    def run(self) -> None:
        while any(process.poll() is None for process in self.running.values()):
            self.disturb(self.dice.choice(list(self.running)))
            time.sleep(self.dice.uniform(0.0, 0.05))
        assert {process.returncode for process in self.running.values()} == {0}

    def disturb(self, racer: int) -> None:
        process = self.running[racer]
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.0, 0.1))
        if self.dice.random() < 0.05 and self.killed < 20:
            self.killed += 1
            process.kill()
            process.wait()
            self.running[racer] = self.race(racer, max(1, self.rounds - done(self.folder, racer)))
        else:
            process.send_signal(signal.SIGCONT)

    def race(self, racer: int, rounds: int) -> subprocess.Popen[bytes]:
        program = [sys.executable, str(Path(__file__).with_name("lease_racer.py"))]
        files = [str(self.folder / "contacts.db"), str(journal(self.folder, racer))]
        how = [*files, str(racer), str(rounds), f"{racer} {self.killed}", "0.05"]
        return subprocess.Popen([*program, *how], env={**os.environ, "PYTHONPATH": str(ROOT)})


def journal(folder: Path, racer: int) -> Path:
    return folder / f"journal{racer}"


def done(folder: Path, racer: int) -> int:
    file = journal(folder, racer)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return sum(line.startswith(("grant", "refused")) for line in lines)


def read_grants(racer: int, lines: list[str]) -> Iterator[Grant]:
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("grant "):
            contact_id, token, acquired_at, expires_at = line.split()[1:]
            yield Grant(int(contact_id), int(token), acquired_at, expires_at, racer, following == "late")


def check_nobody_shared(grants: list[Grant]) -> None:
    """Each token of a contact was granted once, at ever later instants; and after a holder who did not give the contact
    back nobody else got it before his time was over."""
    by_contact: dict[int, list[Grant]] = defaultdict(list)
    for grant in grants:
        by_contact[grant.contact_id].append(grant)
    for found in by_contact.values():
        found.sort(key=lambda grant: grant.token)
        for earlier, later in pairwise(found):
            assert earlier.token < later.token, "one token, two holders"
            assert earlier.acquired_at <= later.acquired_at
            if earlier.is_open and earlier.racer != later.racer:
                assert earlier.expires_at <= later.acquired_at, "two holders at one instant"


def check_every_write_was_the_last_of_its_time(folder: Path, facts: list[str]) -> None:
    """In the log, tokens under which a contact was written only grow: nobody wrote after a later holder had."""
    storage = SqliteStorage(folder / "contacts.db")
    with storage.read() as connection:
        rows = connection.execute(
            select(changes.c.record_id, changes.c.fields).where(
                changes.c.entity == "contact", changes.c.kind == "updated"
            )
        ).all()
        held = dict(connection.execute(select(leases.c.contact_id, leases.c.token)).all())
    storage.close()
    written: dict[int, list[int]] = defaultdict(list)
    for contact_id, fields in rows:
        found = re.fullmatch(r"racer-\d+ (\d+)", orjson.loads(fields)["note"][1])
        assert found is not None
        written[contact_id].append(int(found[1]))
    for contact_id, tokens in written.items():
        assert tokens == sorted(set(tokens)), "an older token wrote after a later one"
        assert tokens[-1] <= held[contact_id]
    noted = {(int(line.split()[1]), int(line.split()[2])) for line in facts if line.startswith("write ")}
    assert noted <= {(contact_id, token) for contact_id, tokens in written.items() for token in tokens}


def test_a_killed_window_frees_its_contact_when_its_time_is_over_and_not_before(office: LeaseOffice) -> None:
    """In real time, by a holder in a process of its own that SIGKILL ends; refusals and grant bear their instants."""
    terms = LeaseTerms(lease=timedelta(seconds=0.6), rest=timedelta(seconds=0.2))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(office.storage.path), str(office.people["ana"].id)],  # type: ignore[attr-defined]
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    expires_at = from_wire(holder.stdout.readline().decode().strip())
    holder.kill()
    holder.wait()
    holder.stdout.close()
    clock = SystemClock()
    here = Leases(clock, terms)
    log = ChangeLog(office.storage, clock, guard=WriteGuard(here))
    while True:
        asked_at = clock.now()
        try:
            with log.write(office.people["bea"], "api") as tx:
                lease = locks.lock(tx, here, 1, Purpose.EDIT)
        except Locked:
            assert asked_at < expires_at + terms.rest
            continue
        break
    assert lease.acquired_at >= expires_at + terms.rest
    assert lease.token == 2


HOLDER = """
import sys, time
from datetime import timedelta
from pathlib import Path
from callmanager.domain.clock import SystemClock, to_wire
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import locks
from callmanager.server.changes.write import ChangeLog
from callmanager.server.leases.guard import WriteGuard
from callmanager.server.leases.ledger import Leases
from callmanager.server.leases.terms import Purpose, LeaseTerms
from callmanager.server.storage.sqlite import SqliteStorage

leases = Leases(SystemClock(), LeaseTerms(lease=timedelta(seconds=0.6), rest=timedelta(seconds=0.2)))
log = ChangeLog(SqliteStorage(Path(sys.argv[1])), SystemClock(), guard=WriteGuard(leases))
with log.write(Actor(id=int(sys.argv[2]), name="ana", role=Role.AGENT), "api") as tx:
    lease = locks.lock(tx, leases, 1, Purpose.EDIT)
print(to_wire(lease.expires_at), flush=True)
time.sleep(60)
"""
