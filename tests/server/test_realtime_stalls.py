"""A server that stood still blames nobody for it; a client that is silent while the server runs is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import websocket

from callmanager.server.realtime.engine.lines import (
    INTRODUCTION_SECONDS,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    PING_SECONDS,
    SILENCE_SECONDS,
    LoopTime,
    SocketLine,
    wait_until_sent,
)
from tests.server.live_office import LiveOffice

STANDSTILL_SECONDS = 10.0
WINDOWS = 6
SPREAD_SECONDS = 0.7
"""Windows arrive this far from each other, so that their pings are due at different moments of the standstill."""


@dataclass
class Door:
    """An outlet of which only one thing is asked."""

    unread: bool = False

    def has_unread(self) -> bool:
        return self.unread


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def looks(clock: LoopTime, stopwatch: Stopwatch, seconds: float) -> float:
    """The loop runs for so long."""
    for _ in range(int(seconds / LOOK_SECONDS)):
        stopwatch.seconds += LOOK_SECONDS
        clock.look()
    return clock.now


def line_of(clock: LoopTime, *, unread: bool = False, introduced: bool = True) -> SocketLine:
    return SocketLine("", Door(unread), clock.now, clock.now, introduced)  # type: ignore[arg-type]


def test_silence_while_the_loop_ran_is_a_fault() -> None:
    stopwatch = Stopwatch()
    clock = LoopTime(stopwatch)
    line = line_of(clock)
    assert line.fault(looks(clock, stopwatch, SILENCE_SECONDS)) is None
    assert line.fault(looks(clock, stopwatch, LOOK_SECONDS)) == "silent"


@pytest.mark.parametrize("introduced", [True, False])
def test_a_standstill_of_the_loop_is_nobodys_fault(*, introduced: bool) -> None:
    stopwatch = Stopwatch()
    clock = LoopTime(stopwatch)
    line = line_of(clock, introduced=introduced)
    looks(clock, stopwatch, 7.0)
    stopwatch.seconds += 3_600.0
    assert line.fault(clock.look()) is None


def test_who_has_unread_words_is_not_silent_but_must_still_introduce_himself() -> None:
    stopwatch = Stopwatch()
    clock = LoopTime(stopwatch)
    known, stranger = line_of(clock, unread=True), line_of(clock, unread=True, introduced=False)
    now = looks(clock, stopwatch, INTRODUCTION_SECONDS + 1.0)
    assert known.fault(now) is None
    assert stranger.fault(now) == "never_introduced"


def test_a_client_waits_longer_for_the_server_than_the_server_may_stand_still() -> None:
    assert PATIENCE_SECONDS > STANDSTILL_SECONDS + LOOK_SECONDS
    assert PING_SECONDS * 2 < SILENCE_SECONDS <= 10


def test_an_answer_that_is_never_taken_is_waited_for_but_not_for_ever() -> None:
    async def wait(*, taken: bool) -> None:
        queue: asyncio.Queue[object] = asyncio.Queue()
        queue.put_nowait("answer")
        if taken:
            asyncio.get_running_loop().call_later(0.005, queue.task_done)
        await wait_until_sent(queue, look_seconds=0.001)

    asyncio.run(wait(taken=True))
    with pytest.raises(TimeoutError):
        asyncio.run(wait(taken=False))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("stalls"))
    yield opened
    opened.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no process is paused there")
def test_nobody_is_cut_off_by_a_server_that_stood_still_for_ten_seconds(office: LiveOffice) -> None:
    pause, cut_before = threading.Event(), office.server.log().count("line_cut")
    with contextlib.ExitStack() as open_windows:
        windows = []
        for _ in range(WINDOWS):
            windows.append(open_windows.enter_context(office.window("boss")))
            pause.wait(SPREAD_SECONDS)
        office.server.process.send_signal(signal.SIGSTOP)
        pause.wait(STANDSTILL_SECONDS)
        office.server.process.send_signal(signal.SIGCONT)
        pause.wait(2 * PING_SECONDS)  # what was misjudged shows itself by then
        contact = office.create()
        for window in windows:
            assert window.call("sync")["ok"] is True
            assert window.told_of(contact["seq"])
            assert "disconnect" not in [event for event, _ in window.seen]
    assert office.server.log().count("line_cut") == cut_before


def test_a_client_that_answers_no_ping_is_cut_off_within_ten_seconds(office: LiveOffice) -> None:
    url = f"ws{office.url[4:]}/socket.io/?EIO=4&transport=websocket"
    with contextlib.closing(websocket.create_connection(url, 15, suppress_origin=True)) as mute:
        mute.recv()
        mute.send("40" + json.dumps({"api_key": office.keys["agent-norte"]}))
        began = time.monotonic()
        with contextlib.suppress(websocket.WebSocketException, OSError):
            while mute.recv_frame().opcode != websocket.ABNF.OPCODE_CLOSE:
                pass
        assert time.monotonic() - began < SILENCE_SECONDS + 3.0
    assert "reason=silent" in office.server.log()
