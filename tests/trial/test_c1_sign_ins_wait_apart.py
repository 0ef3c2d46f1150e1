"""C1: people who sign in wait for each other, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Request

from callmanager.server.edges import routing
from callmanager.server.edges.routing import DECLARED, Call, build_hashing
from callmanager.server.hashing import Full, HashingLane, Left, hashing_threads
from tests.live_server import RunningServer, start_server
from tests.web import Web

SIGN_INS = 30
PATIENCE_SECONDS = 20
SLOW = {"BCRYPT_COST": 10, "LOGIN_PER_MINUTE": 1000}


def sign_in(server: RunningServer, number: int) -> requests.Response:
    given = {"username": f"nadie{number}", "password": "una clave cualquiera"}
    return requests.post(f"{server.url}/auth/login", json=given, timeout=60)


def office_with_a_key(folder: Path) -> str:
    web = Web(folder)
    web.close()
    return web.keys["manager"]


def test_others_are_served_while_thirty_people_wait_to_sign_in(tmp_path: Path) -> None:
    key = office_with_a_key(tmp_path)
    with start_server(tmp_path, **SLOW) as server, ThreadPoolExecutor(SIGN_INS) as threads:
        signing_in = [threads.submit(sign_in, server, number) for number in range(SIGN_INS)]
        next(as_completed(signing_in))
        for _ in range(3):
            assert requests.get(f"{server.url}/contacts", headers={"X-API-Key": key}, timeout=60).status_code == 200
        finished = sum(future.done() for future in signing_in)
        statuses = {future.result().status_code for future in signing_in}
    assert finished < SIGN_INS / 2, f"{finished} sign-ins had ended before others were served"
    assert statuses == {401}


def test_who_finds_too_many_waiting_is_told_when_to_come_again(tmp_path: Path) -> None:
    with start_server(tmp_path, **SLOW, SIGN_INS_WAITING=4) as server, ThreadPoolExecutor(SIGN_INS) as threads:
        answers = list(threads.map(lambda number: sign_in(server, number), range(SIGN_INS)))
    refused = [answer for answer in answers if answer.status_code != 401]
    assert 0 < len(refused) < SIGN_INS
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "sign_in_busy")}
    assert all(int(answer.headers["Retry-After"]) > 0 and answer.json()["detail"] for answer in refused)


def test_one_processor_is_left_to_the_others() -> None:
    assert [hashing_threads(count) for count in (1, 2, 3, 64)] == [1, 1, 2, 4]


async def staying() -> None:
    """The departure of somebody who does not leave."""
    await asyncio.Event().wait()


class Played:
    """A lane of one thread that is busy until `gate` opens."""

    def __init__(self, lane: HashingLane) -> None:
        self.lane = lane
        self.gate = threading.Event()
        self.served: list[int] = []

    def ask(self, number: int, departure: Callable[[], Awaitable[Any]] = staying) -> asyncio.Task[None]:
        def work() -> None:
            assert self.gate.wait(PATIENCE_SECONDS)
            self.served.append(number)

        return asyncio.ensure_future(self.lane.run(work, departure))


@contextmanager
def playing(most_waiting: int) -> Iterator[Played]:
    lane = HashingLane(lambda *_: True, most_waiting=most_waiting, at_once=1)
    played = Played(lane)
    try:
        yield played
    finally:
        played.gate.set()
        lane.close()


def test_those_who_wait_keep_their_order_and_one_too_many_is_refused() -> None:
    async def play(played: Played) -> None:
        waiting = [played.ask(number) for number in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(Full):
            await played.ask(6)
        played.gate.set()
        await asyncio.gather(*waiting)
        await played.ask(7)

    with playing(most_waiting=5) as played:
        asyncio.run(play(played))
    assert played.served == [*range(6), 7]


def test_who_gives_up_waiting_leaves_the_place_to_others() -> None:
    async def play(played: Played) -> None:
        left = asyncio.Event()
        first = played.ask(0)
        leaving = played.ask(1, left.wait)
        await asyncio.sleep(0)
        left.set()
        with pytest.raises(Left):
            await leaving
        staying = played.ask(2)
        played.gate.set()
        await asyncio.gather(first, staying)

    with playing(most_waiting=1) as played:
        asyncio.run(play(played))
    assert played.served == [0, 2]


def test_every_route_that_hashes_waits_there(tmp_path: Path) -> None:
    is_hashing = build_hashing()
    hashing = {f"{one.method} {one.path}" for one in DECLARED.values() if one.hashing}
    assert hashing >= {"POST /auth/login", "POST /auth/change-password", "POST /users", "PATCH /users/<int:user_id>"}
    for declared in DECLARED.values():
        path = re.sub(r"<\w+:\w+>", "12", declared.path)
        assert is_hashing(declared.method, path) == declared.hashing, declared.path
    web = Web(tmp_path)
    undeclared = Call(web.services, None, Request({}), web.services.clock.now())
    web.close()
    with pytest.raises(RuntimeError, match="hashing"):
        _ = undeclared.passwords


def test_no_route_takes_passwords_past_its_declaration() -> None:
    folder = Path(routing.__file__).parents[1]
    taking = [file.name for file in folder.rglob("*.py") if "services.passwords" in file.read_text("utf-8")]
    assert taking == ["routing.py"]
