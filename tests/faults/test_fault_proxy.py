"""The fault proxy itself: it cuts frames where they end, deals every fault, and is no obstacle while it is calm."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from contextlib import closing

import pytest

from callmanager.server.realtime.packets import text_frame
from tests.faults.decks import CARDS, FAULTS, Decks, Fault
from tests.faults.flows import reset
from tests.faults.frames import Frames, is_event


def test_frames_of_every_size_are_found_in_pieces_of_any_size() -> None:
    dice = random.Random(1)
    frames = [text_frame(b"42" + b"x" * size) for size in (0, 1, 123, 124, 65_533, 65_534, 200_000)]
    stream, reader, found = b"".join(frames), Frames(), []
    while stream:
        size = dice.choice([1, 3, 1_000, 70_000])
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == frames


@pytest.mark.parametrize(
    ("text", "expected"), [(b'42["changes",{}]', True), (b"430[{}]", True), (b"2", False), (b"40{}", False)]
)
def test_only_events_and_acknowledgements_are_lost_or_doubled(text: bytes, expected: bool) -> None:
    assert is_event(text_frame(text)) is expected
    assert is_event(text_frame(text + b" " * 70_000)) is expected


def test_each_deck_deals_every_fault_as_often_as_it_shall() -> None:
    decks = Decks(seed=3, mildness=2)
    assert {decks.draw("event") for _ in range(1_000)} == {None}
    decks.calm = False
    for thing, faults in FAULTS.items():
        dealt = Counter(decks.draw(thing) for _ in range(CARDS[thing] * 2))
        del dealt[None]
        assert dealt == faults
    assert {fault for faults in FAULTS.values() for fault in faults} == set(Fault)


def test_a_reset_is_an_error_for_the_other_side_and_no_end() -> None:
    async def play() -> None:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reset(writer)

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            with closing(socket.create_connection(address, timeout=10)) as client, pytest.raises(ConnectionResetError):
                await asyncio.to_thread(client.recv, 1)

    asyncio.run(play())
