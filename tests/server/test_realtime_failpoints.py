"""No event without commit and no commit without event, whatever fails between the two."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from callmanager.domain.errors import Unavailable
from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import visibility
from callmanager.server.changes.broadcast import News
from callmanager.server.changes.entities import CONTACT
from callmanager.server.edges.callers import Caller
from callmanager.server.queries.identities import Identity
from callmanager.server.realtime import broadcaster, tasks
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.live_sockets import LiveSocket
from callmanager.server.realtime.revocation import admit
from tests.web import Web

READER = Actor(1, "lector", Role.MANAGER)


@dataclass
class Heard:
    """An outlet that keeps what it is given (edges/outlets.py)."""

    frames: list[bytes] = field(default_factory=list)
    aborted: bool = False
    stuck: bool = False

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    def unsent_bytes(self) -> int:
        return sum(map(len, self.frames)) if self.stuck else 0

    def unsent_frames(self) -> int:
        return len(self.frames) if self.stuck else 0

    def end(self) -> None:
        self.aborted = True

    def abort(self) -> None:
        self.aborted = True

    def changes(self) -> list[dict[str, Any]]:
        texts = [frame[frame.index(b"42[") + 2 :] for frame in self.frames if b"42[" in frame[:16]]
        return [payload for name, payload in map(orjson.loads, texts) if name == "changes"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    office = Web(tmp_path)
    yield office
    office.close()


def reader(heard: Heard) -> LiveSocket:
    return LiveSocket("sid", Caller("", {}, "GET", "/"), Identity(READER, visibility(READER), 0), "en", heard)


@asynccontextmanager
async def running(web: Web, *, alone: bool = False) -> AsyncIterator[tuple[Live, Heard]]:
    """The live side with one who listens, or with nobody yet."""
    live = Live(web.services)
    heard = Heard()
    if not alone:
        live.rooms.enter(reader(heard))
    live.start()
    try:
        yield live, heard
    finally:
        await live.stop()
        live.close()


async def until(true: Callable[[], object]) -> None:
    """Give the loop its turns until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # what is waited for is the server's own doing
            await asyncio.sleep(0.005)


def seqs(heard: Heard) -> list[int]:
    return [change["seq"] for message in heard.changes() for change in message["changes"]]


def test_every_commit_is_told_once_and_in_order_when_telling_fails_at_random(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading fails three times in a row, with an error of ours and with one of nobody's."""
    failures = iter([Unavailable("busy", "busy"), RuntimeError("boom"), Unavailable("busy", "busy")])
    read = broadcaster.read_news

    def failing(*args: Any, **kwargs: Any) -> News:
        error = next(failures, None)
        if error is not None:
            raise error
        return read(*args, **kwargs)

    monkeypatch.setattr(broadcaster, "read_news", failing)
    monkeypatch.setattr(tasks, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(broadcaster, "RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        async with running(web) as (live, heard):
            first = live.broadcaster.seq
            threads = [threading.Thread(target=write_ten, args=(web, number)) for number in range(4)]
            for thread in threads:
                thread.start()
            await until(lambda: seqs(heard)[-1:] == [first + 40])
            for thread in threads:
                thread.join()
            assert seqs(heard) == list(range(first + 1, first + 41))
            messages = heard.changes()
            assert [message["prev"] for message in messages] == [first, *(m["seq"] for m in messages[:-1])]

    asyncio.run(scenario())


def write_ten(web: Web, number: int) -> None:
    for index in range(10):
        web.create(phone=f"88{number}0-{index:04d}")


def test_while_nobody_is_there_the_log_is_followed_unread_and_who_comes_misses_nothing(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = broadcaster.read_news

    def counted(*args: Any, **kwargs: Any) -> News:
        reads.append(kwargs["since"])
        return read(*args, **kwargs)

    async def scenario() -> None:
        async with running(web, alone=True) as (live, heard):
            monkeypatch.setattr(broadcaster, "read_news", counted)
            first = live.broadcaster.seq
            threads = [threading.Thread(target=write_ten, args=(web, number)) for number in range(4)]
            for thread in threads:
                thread.start()
            await until(lambda: live.broadcaster.seq == first + 40)
            for thread in threads:
                thread.join()
            live.rooms.enter(reader(heard))
            await asyncio.to_thread(web.create)
            await until(heard.changes)
            assert [(message["prev"], message["seq"]) for message in heard.changes()] == [(first + 40, first + 41)]
            # A commit may be read before it is announced: then its bell has one more look, at nothing new.
            assert min(reads) == first + 40

    asyncio.run(scenario())


def test_a_failing_listener_costs_neither_the_commit_nor_the_event(web: Web) -> None:
    def fail(_committed: object) -> None:
        raise RuntimeError("a listener is broken")

    async def scenario() -> None:
        web.services.log.on_commit(fail)
        async with running(web) as (live, heard):
            last = live.broadcaster.seq
            contact = await asyncio.to_thread(web.create)
            await until(lambda: seqs(heard))
            assert seqs(heard) == [last + 1] == [contact["seq"]]

    asyncio.run(scenario())


def test_nothing_is_told_of_a_write_before_it_is_durable(web: Web) -> None:
    """While the transaction is open the log says nothing to anybody; after its end, everything."""

    async def scenario() -> None:
        async with running(web) as (live, heard):
            inside, leave = threading.Event(), threading.Event()
            writer = threading.Thread(target=write_slowly, args=(web, inside, leave), daemon=True)
            writer.start()
            await asyncio.to_thread(inside.wait)
            live.broadcaster.hang()  # wake it though nothing is committed
            await asyncio.to_thread(lambda: None)
            assert heard.changes() == []
            leave.set()
            await until(heard.changes)
            writer.join()
            assert len(seqs(heard)) == 1

    asyncio.run(scenario())


def write_slowly(web: Web, inside: threading.Event, leave: threading.Event) -> None:
    actor = web.services.identities.by_username("boss").actor
    phones = [{"number": "1", "e164": None, "label": "", "valid": False, "key": "1"}]
    with web.services.log.write(actor, "api") as tx:
        tx.insert(CONTACT, {"phones": phones, "status": "SIN_GESTIONAR"})
        inside.set()
        leave.wait()


def test_a_client_that_takes_nothing_is_cut_off_at_the_bound(web: Web) -> None:
    async def scenario() -> None:
        async with running(web) as (live, heard):
            heard.stuck = True
            socket = live.rooms.sockets()[0]
            for _ in range(256):
                live.rooms.send(socket, b"x")
            assert not heard.aborted
            live.rooms.send(socket, b"x")
            assert heard.aborted
            live.rooms.send(socket, b"x")
            assert len(heard.frames) == 257
            assert live.counts.cut_off == 1

    asyncio.run(scenario())


def test_a_client_that_takes_too_few_bytes_is_cut_off(web: Web) -> None:
    async def scenario() -> None:
        async with running(web) as (live, heard):
            heard.stuck = True
            socket = live.rooms.sockets()[0]
            live.rooms.send(socket, b"x" * 1_048_576)
            assert not heard.aborted
            live.rooms.send(socket, b"x")
            assert heard.aborted

    asyncio.run(scenario())


@pytest.mark.parametrize("ends_meanwhile", [True, False])
def test_whose_rights_end_between_the_door_and_the_room_is_sent_away(web: Web, *, ends_meanwhile: bool) -> None:
    """The news of it was told when he was not there yet; a change that is not about him sends nobody away."""

    async def scenario() -> None:
        async with running(web, alone=True) as (live, heard):
            caller = Caller("127.0.0.1", {"x-api-key": web.keys["agent-norte"]}, "GET", "/socket.io/")
            asked_at = live.broadcaster.committed
            who = admit(web.services, caller)
            web.create(phone="8830-0000")
            if ends_meanwhile:
                path = f"/users/{web.ids['agent-norte']}"
                version = web.ask("boss", "GET", path).get_json()["version"]
                web.ask("boss", "PATCH", path, if_match=version, json={"active": False})
            await until(lambda: live.broadcaster.seq == live.broadcaster.committed > asked_at)
            socket = LiveSocket("late", caller, who, "en", heard, asked_at)
            live.rooms.enter(socket)
            live.welcome(socket, asked_at)
            if ends_meanwhile:
                await until(lambda: heard.aborted)
                assert b"signed_out" in b"".join(heard.frames)
            else:
                await until(lambda: not live._looking)
                assert not heard.frames

    asyncio.run(scenario())
