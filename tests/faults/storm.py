"""The whole play: a server, a bad network, clients behind it, an office at work; then quiet and a comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from callmanager.desktop.remote import Remote
from tests.faults.decks import Fault
from tests.faults.equality import differences, digests_of_page, read_everything
from tests.faults.office_work import Administrator, Colleague
from tests.faults.outbox_work import Poster
from tests.live_server import ROOT, environment, start_server
from tests.web import QUICK, Web

LOOK_SECONDS = 0.2
CONTACTS = 150
SHOWN_DIFFERENCES = 5


@dataclass(frozen=True)
class Size:
    """How large a play is. The storm ends when every kind of fault has struck `each_fault` times, the office has done
    `works` things, and each outbox was given `rounds`."""

    sessions: int
    programs: int
    hired: int
    mildness: int
    each_fault: int
    works: int
    rounds: int
    pause: float
    imported: int
    timeouts: float | None
    quickness: float
    storm_seconds: float
    calm_seconds: float
    careless: int
    last_word: bool = False
    """One more change after the storm tells at once who missed something; else the heartbeat does, within 30 s."""


class Program:
    """A program of this folder that answers lines with JSON."""

    def __init__(self, name: str, *given: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{name}", *map(str, given)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended"
        return json.loads(line)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def ask_all(programs: Iterable[Program], line: str) -> list[Any]:
    """The answers of programs that work at the same time."""
    programs = list(programs)
    for program in programs:
        program.tell(line)
    return [program.hear() for program in programs]


def done_by(works: Iterable[Any]) -> Counter[str]:
    """What the colleagues among them have done so far."""
    return sum((Counter(one.done) for one in works if isinstance(one, Colleague)), Counter())


@dataclass
class Findings:
    """What came out. `unequal` names sessions whose replica is not the server's answer; the careless ones apart."""

    faults: dict[str, int] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)
    work: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    late: list[str] = field(default_factory=list)
    unequal: dict[str, list[str]] = field(default_factory=dict)
    fooled: int = 0
    outbox: Counter[str] = field(default_factory=Counter)
    outbox_refused: list[str] = field(default_factory=list)
    keyless_double: int = 0


class Storm:
    """One play in a folder of its own."""

    def __init__(self, folder: Path, size: Size, seed: int) -> None:
        self.size, self.folder = size, folder
        self.found = Findings()
        web = Web(folder)
        self.keys, self.ids, self.teams = dict(web.keys), dict(web.ids), list(web.teams.values())
        web.services.imports.close()
        web.close()
        self.server = start_server(folder, **QUICK)
        self.proxy = Program("proxy", self.server.port, seed, size.mildness)
        self.url = f"http://127.0.0.1:{self.proxy.hear()}"
        self.boss = Remote(self.server.url, api_key=self.keys["boss"])
        self.programs: list[Program] = []
        self.sessions: list[dict[str, Any]] = []

    def play(self) -> Findings:
        """Everything, from the first contact to the last comparison."""
        self._fill()
        self._open_sessions()
        self._wait_until_complete(self.size.calm_seconds)
        assert self.found.late == []
        self._rage()
        began = time.monotonic()
        self._settle_outboxes()
        if self.size.last_word:
            self.boss.ask("POST", "/contacts", body={"phone": "8888-0000", "name": "Última"})
        self._wait_until_complete(self.size.calm_seconds)
        self.found.seconds = time.monotonic() - began
        self._compare()
        return self.found

    def _fill(self) -> None:
        """People of every role in two teams, some who are moved about, and contacts of everybody."""
        people = [(f"viajera-{number}", "agent") for number in range(2)]
        people += [(f"agente-{number}", "agent") for number in range(self.size.hired)]
        for number, (name, role) in enumerate(people):
            given: dict[str, Any] = {"username": name, "password": "tres palabras sueltas", "role": role}
            given |= {"team_id": self.teams[number % 2], "must_change_password": False}
            made = self.boss.ask("POST", "/users", body=given).body
            self.keys[name], self.ids[name] = made["api_key"], made["id"]
        self.contacts: list[int] = []
        for number in range(CONTACTS):
            given = {"phone": "8888-0000", "name": f"Contacto {number}", "team_id": [None, *self.teams][number % 3]}
            self.contacts.append(self.boss.ask("POST", "/contacts", body=given).body["id"])

    def _open_sessions(self) -> None:
        names = list(self.keys)
        for number in range(self.size.sessions + self.size.careless):
            careless = number >= self.size.sessions
            who = "manager" if careless else names[number % len(names)]
            path = self.folder / f"replica-{number}.db"
            one = {"key": self.keys[who], "user_id": self.ids[who], "path": str(path)}
            self.sessions.append({**one, "careless": careless, "who": who})
        share = -(-len(self.sessions) // self.size.programs)
        for start in range(0, len(self.sessions), share):
            program = Program("sessions")
            task = {"url": self.url, "timeouts": self.size.timeouts, "quickness": self.size.quickness}
            program.tell(json.dumps({**task, "sessions": self.sessions[start : start + share]}))
            self.programs.append(program)

    def _rage(self) -> None:
        """Faults and work at the same time, until each kind of fault has struck often enough."""
        stop = threading.Event()
        works = self._office() + self._posters()
        threads = [threading.Thread(target=one.work, args=(stop, self.size.pause)) for one in works]
        self.proxy.tell("rough")
        for thread in threads:
            thread.start()
        try:
            self.administrator.import_list(self.size.imported)
            self._wait_until_enough(works)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            self.proxy.tell("calm")
        self.found.work = done_by(works)

    def _office(self) -> list[Any]:
        who = ("boss", "manager", "lead-norte", "lead-sur", "agent-norte")
        url, teams = self.server.url, self.teams
        wanderers = [self.ids["viajera-0"], self.ids["viajera-1"]]
        self.administrator = Administrator(url, self.keys["boss"], teams, wanderers)
        team = [Colleague(url, self.keys[name], teams, self.contacts, seed) for seed, name in enumerate(who)]
        return [*team, self.administrator]

    def _posters(self) -> list[Any]:
        self.posters = [self._poster(f"correo {number}", keyless=False) for number in range(2)]
        self.keyless = [self._poster(f"sin clave {number}", keyless=True) for number in range(3)]
        return [*self.posters, *self.keyless]

    def _poster(self, name: str, *, keyless: bool) -> Poster:
        own = self.boss.ask("POST", "/contacts", body={"phone": "8888-0000", "name": f"De {name}"}).body
        remote = Remote(self.url, api_key=self.keys["manager"], answer_seconds=self.size.timeouts)
        return Poster(remote, own, self.folder, name, keyless=keyless)

    def _wait_until_enough(self, works: list[Any]) -> None:
        deadline = time.monotonic() + self.size.storm_seconds
        while not self._is_enough(works):
            assert time.monotonic() < deadline, (self.found.faults, done_by(works))
            threading.Event().wait(LOOK_SECONDS)

    def _is_enough(self, works: list[Any]) -> bool:
        self.proxy.tell("counts")
        self.found.faults = self.proxy.hear()
        return (
            min(self.found.faults.get(fault, 0) for fault in Fault) >= self.size.each_fault
            and done_by(works).total() >= self.size.works
            and min(poster.rounds for poster in self.posters) >= self.size.rounds
        )

    def _settle_outboxes(self) -> None:
        for poster in [*self.posters, *self.keyless]:
            poster.finish()
        contacts = {row["id"]: row for row in read_everything(self.boss).records["contact"]}
        for poster in self.posters:
            self.found.outbox += poster.count_wrong(contacts)
            self.found.outbox_refused += poster.refused
            self.found.work["posted by outbox"] += 2 * poster.rounds
        self.found.keyless_double = sum(poster.count_wrong(contacts)["double"] for poster in self.keyless)

    def _wait_until_complete(self, seconds: float) -> None:
        """Every replica stands where the log ends now; those that do not in time are `late`."""
        seq, deadline = read_everything(self.boss).to, time.monotonic() + seconds
        while self._late(seq) and time.monotonic() < deadline:
            threading.Event().wait(LOOK_SECONDS)
        self.found.late = self._late(seq)

    def _late(self, seq: int) -> list[str]:
        places = [place for answer in ask_all(self.programs, "positions") for place in answer]
        assert len(places) == len(self.sessions)
        return [
            f"{one['who']} at {place}, not {seq}"
            for one, place in zip(self.sessions, places, strict=True)
            if place is None or place[1] < seq
        ]

    def _compare(self) -> None:
        """Each replica with what the server gives to that very person."""
        pages = {who: self._page_of(who) for who in {one["who"] for one in self.sessions}}
        wanted = {who: digests_of_page(page) for who, page in pages.items()}
        digests = [one for answer in ask_all(self.programs, "digests") for one in answer]
        self.found.did = sum(map(Counter, ask_all(self.programs, "stop")), Counter())
        for one, found in zip(self.sessions, digests, strict=True):
            if found == wanted[one["who"]]:
                continue
            if one["careless"]:
                self.found.fooled += 1
            else:
                shown = differences(Path(one["path"]), pages[one["who"]])[:SHOWN_DIFFERENCES]
                self.found.unequal[f"{one['who']} {one['path']}"] = shown

    def _page_of(self, who: str) -> Any:
        remote = Remote(self.server.url, api_key=self.keys[who])
        try:
            return read_everything(remote)
        finally:
            remote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.boss.close()
        for program in [*self.programs, self.proxy]:
            program.close()
        self.server.kill()
