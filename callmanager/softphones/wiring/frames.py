"""How phones frame what they say on a TCP connection: netstrings with JSON (baresip) and blocks of headers (Asterisk).

Pure: bytes in, messages out. What cannot be read ends the connection by BadFrame; nothing is skipped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MOST_BYTES_OF_A_FRAME = 1 << 20
_MOST_DIGITS = 7


class BadFrame(ValueError):
    """The other side does not speak this protocol."""


class Netstrings:
    """Collects bytes and gives whole JSON objects, each framed `<length>:<json>,`."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> Iterator[dict[str, Any]]:
        self._held += received
        while (frame := self._next_frame()) is not None:
            yield _json_object(frame)

    def _next_frame(self) -> bytes | None:
        head, colon, _ = self._held[: _MOST_DIGITS + 1].partition(b":")
        if not colon:
            if len(head) > _MOST_DIGITS or (head and not head.isdigit()):
                raise BadFrame
            return None
        length = _length(bytes(head))
        start, end = len(head) + 1, len(head) + 1 + length
        if len(self._held) <= end:
            return None
        if self._held[end] != ord(","):
            raise BadFrame
        frame = bytes(self._held[start:end])
        del self._held[: end + 1]
        return frame


def to_netstring(message: Mapping[str, Any]) -> bytes:
    body = json.dumps(message, separators=(",", ":")).encode()
    return b"%d:%s," % (len(body), body)


class HeaderBlocks:
    """Collects bytes and gives blocks of `Name: value` lines, ended by an empty line; names in lower case."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> Iterator[dict[str, str]]:
        self._held += received
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            block = self._held[:end].decode("utf-8", "replace")
            del self._held[: end + 4]
            yield _headers(block)
        if len(self._held) > MOST_BYTES_OF_A_FRAME:
            raise BadFrame


def to_header_block(action: str, fields: Mapping[str, str]) -> bytes:
    """Frame an action. A value with a line break would be a second action: BadFrame."""
    lines = [("Action", action), *fields.items()]
    if any("\r" in part or "\n" in part for line in lines for part in line):
        raise BadFrame
    return "".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n"


def _length(head: bytes) -> int:
    if not head.isdigit() or int(head) > MOST_BYTES_OF_A_FRAME:
        raise BadFrame
    return int(head)


def _json_object(frame: bytes) -> dict[str, Any]:
    try:
        message = json.loads(frame.decode("utf-8", "replace"))
    except ValueError:
        raise BadFrame from None
    if not isinstance(message, dict):
        raise BadFrame
    return message


def _headers(block: str) -> dict[str, str]:
    """Read the lines of a block; the greeting, which is no header, stands in front of the first one and is left out."""
    pairs = (line.partition(":") for line in block.split("\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
