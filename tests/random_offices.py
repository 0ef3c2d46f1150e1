"""An office whose people call by chance, asked over sockets or in this process, and what the judge says of it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from tests.limits_judge import Limits, Verdict, judge
from tests.random_calls import Ask, Book, RandomClient
from tests.web import LOCAL, Web

CONTACTS = 120
PASSWORD = "tres palabras sueltas"
LIMITS = Limits(4, 3, 4, 6, timedelta(minutes=20), 1, callbacks_pass=True)
SETTINGS = {
    "CALLS_IN_ALL": LIMITS.total,
    "CALLS_PER_DAY": LIMITS.per_day,
    "CALLS_PER_ROLLING_DAY": LIMITS.per_24h,
    "CALLS_PER_LINE_AND_DAY": LIMITS.line_day,
    "CALL_GAP_MINUTES": LIMITS.gap // timedelta(minutes=1),
    "REST_DAYS_AFTER_NO": LIMITS.rest_days,
    "CALLBACKS_PASS_LIMITS": LIMITS.callbacks_pass,
    "OFFICE_ZONE": "America/Costa_Rica",
    "BCRYPT_COST": 4,
    "REQUESTS_PER_MINUTE": 0,
    "IMPORT_PER_MINUTE": 1_000,
    "LOGIN_PER_MINUTE": 1_000,
}
STRICTER = {
    "per day": replace(LIMITS, per_day=LIMITS.per_day - 1),
    "per 24 h": replace(LIMITS, per_24h=LIMITS.per_24h - 1),
    "per line and day": replace(LIMITS, line_day=LIMITS.line_day - 1),
    "total": replace(LIMITS, total=LIMITS.total - 1),
    "gap": replace(LIMITS, gap=2 * LIMITS.gap),
    "rest after a no": replace(LIMITS, rest_days=LIMITS.rest_days + 1),
    "prohibited line": replace(LIMITS, by_list=False),
}
"""Limits that the office did not have, by the rule that the judge must find broken then: it is no judge that finds
nothing. With `by_list` off it is not told of withdrawals."""


class LeapingClock:
    """Time passes as it does, and hours at once by `pass_by`: when nobody holds anything."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) -> None:
        self._start, self._began = start, time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def pass_by(self, span: timedelta) -> None:
        self._start += span


@dataclass
class RandomOffice:
    """People with keys who share a book; `database` is where the server writes."""

    ask: Ask
    database: Path
    clients: list[RandomClient]
    book: Book

    def work(self, attempts: int, seconds: float) -> float:
        """All at once, until they have tried to call so often, or for so long. Answers the seconds it took."""
        began = time.monotonic()
        failures: list[BaseException] = []

        def run(client: RandomClient) -> None:
            try:
                while self.attempts < attempts and time.monotonic() < began + seconds:
                    client.work()
            except BaseException as error:  # noqa: BLE001 - told in the thread of the test
                failures.append(error)

        threads = [threading.Thread(target=run, args=(client,)) for client in self.clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return time.monotonic() - began

    @property
    def attempts(self) -> int:
        return sum(client.attempts for client in self.clients)

    def judged(self, limits: Limits = LIMITS) -> Verdict:
        return judge(self.database, limits, self.book.said_yes)

    def controls(self) -> dict[str, int]:
        """How many calls the judge finds against rules that the office did not have."""
        return {rule: len(self.judged(limits).broken[rule]) for rule, limits in STRICTER.items()}


def open_random_office(
    ask: Ask, boss: str, database: Path, now: Callable[[], datetime], *, agents: int, managers: int, seed: int
) -> RandomOffice:
    """Campaigns, people and contacts, made over the API by `boss`."""
    book = Book()
    for number in range(3):
        status, made = ask(boss, "POST", "/campaigns", {"name": f"Campaña {number}"})
        assert status == 201, made
        book.campaigns.append(made["id"])
    people = [(f"agente{number}", "agent") for number in range(agents)]
    people += [(f"encargado{number}", "manager") for number in range(managers)]
    clients = []
    for number, (username, role) in enumerate(people):
        body = {"username": username, "password": PASSWORD, "role": role, "must_change_password": False}
        status, hired = ask(boss, "POST", "/users", body)
        assert status == 201, hired
        key, leads = hired["api_key"], role == "manager"
        clients.append(RandomClient(ask, key, book, seed * 1_000 + number, now, leads=leads))
    clients[-1].fill(CONTACTS)
    return RandomOffice(ask, database, clients, book)


@contextmanager
def over_sockets(port: int) -> Iterator[Ask]:
    """Asks a server on this PC, each thread over a connection of its own."""
    own, opened = threading.local(), ExitStack()

    def ask(key: str, method: str, path: str, body: Any = None, **headers: int) -> tuple[int, Any]:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            opened.callback(own.connection.close)
        given = None if body is None else json.dumps(body)
        own.connection.request(method, path, given, _headers(key, **headers))
        answer = own.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    with opened:
        yield ask


def in_this_process(app: Flask) -> Ask:
    """Asks an application that runs here, from whichever thread."""

    def ask(key: str, method: str, path: str, body: Any = None, **headers: int) -> tuple[int, Any]:
        client = app.test_client(use_cookies=False)
        data = None if body is None else json.dumps(body)
        answer = client.open(path, method=method, data=data, headers=_headers(key, **headers), base_url=LOCAL)
        return answer.status_code, answer.json if answer.data else None

    return ask


def _headers(key: str, *, version: int | None = None, lease: int | None = None) -> dict[str, str]:
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    if lease is not None:
        headers["Lease-Token"] = str(lease)
    return headers


def tell(office: RandomOffice, verdict: Verdict) -> Sequence[str]:
    """What happened, in lines."""
    done = ", ".join(f"{count} {what}" for what, count in sorted(office.book.done.items()))
    return (f"{office.attempts} attempts, {verdict.calls} calls judged", done, f"broken: {verdict.counts or 0}")


def open_here(folder: Path, clock: LeapingClock, *, agents: int, managers: int, seed: int) -> tuple[Web, RandomOffice]:
    """Such an office in this process, by a clock that moves."""
    web = Web(folder, settings=SETTINGS, clock=clock)
    ask = in_this_process(web.client.application)
    database = folder / "contacts.db"
    office = open_random_office(ask, web.keys["boss"], database, clock.now, agents=agents, managers=managers, seed=seed)
    return web, office
