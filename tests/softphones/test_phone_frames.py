"""Frames survive any cut of the stream, and what is no frame ends the connection instead of being guessed at."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.softphones.wiring.frames import (
    MOST_BYTES_OF_A_FRAME,
    BadFrame,
    HeaderBlocks,
    Netstrings,
    to_header_block,
    to_netstring,
)

messages = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.booleans(), max_size=4), max_size=5)


def in_pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


@given(messages, st.integers(1, 50))
def test_netstrings_arrive_whole_however_the_stream_is_cut(sent: list[dict[str, Any]], size: int) -> None:
    frames = Netstrings()
    stream = b"".join(map(to_netstring, sent))
    assert [message for piece in in_pieces(stream, size) for message in frames.feed(piece)] == sent


@pytest.mark.parametrize(
    "stream",
    [b"hello", b"5:hello,", b"2:{}x", b"99999999:", b":{},", b"-2:{},", b"2:[],", b"HTTP/1.1 400\r\n", b" 2:{},"],
)
def test_what_is_no_netstring_is_refused(stream: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Netstrings().feed(stream))


@given(st.integers(1, 40))
def test_header_blocks_arrive_whole_behind_the_greeting(size: int) -> None:
    stream = b"Asterisk Call Manager/9.0.0\r\nResponse: Success\r\nMessage: a: b\r\n\r\nEvent: Hangup\r\n\r\n"
    blocks = HeaderBlocks()
    found = [block for piece in in_pieces(stream, size) for block in blocks.feed(piece)]
    assert found == [{"response": "Success", "message": "a: b"}, {"event": "Hangup"}]


def test_a_stream_without_end_does_not_fill_the_memory() -> None:
    blocks = HeaderBlocks()
    assert list(blocks.feed(b"x" * MOST_BYTES_OF_A_FRAME)) == []
    with pytest.raises(BadFrame):
        list(blocks.feed(b"x"))


@pytest.mark.parametrize("value", ["a\r\nAction: Command", "a\nb", "a\r"])
def test_a_value_cannot_begin_a_second_action(value: str) -> None:
    with pytest.raises(BadFrame):
        to_header_block("Originate", {"Exten": value})
