"""Cuts a JSON array into pieces of whole items without holding the file: where items end is found in a small window.

The window is the file's bytes as latin-1, one character each, in which the structure of JSON is the same; what an item
holds is read from its bytes, strictly, by orjson.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import orjson

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.sources import CHUNK_BYTES
from callmanager.server.lists.tables import line_too_long

ITEMS = 200
"""Of one piece. Between two pieces nothing of the file is in memory."""

_BLANK = re.compile(r"[ \t\n\r]*")
_CONTINUED = re.compile("[\x80-\xbf]")  # bytes that are no character of their own
_MARK = "\xef\xbb\xbf"


class Piece(NamedTuple):
    """Items one after the other with their commas: where in the file, and their values."""

    start: int
    end: int
    items: list[object]


def read_pieces(stream: BinaryIO, limits: Limits) -> Iterator[Piece]:
    """The pieces of `[...]` or of `{"contacts": [...]}`. Raises Invalid where the file is no such JSON."""
    window = _Window(stream, limits)
    first = window.next_char()
    if first == "{":
        yield from _member(window)
    elif first == "[":
        window.at += 1
        yield from _items(window)
    else:
        raise _shape() if window.is_value() else window.invalid()
    if window.next_char():
        raise window.invalid()


def _member(window: _Window) -> Iterator[Piece]:
    """The items of `contacts`; other members are passed over."""
    found = False
    window.at += 1
    more = window.next_char() != "}"
    while more:
        if window.next_char() != '"':
            raise window.invalid()
        name = window.load(window.take_value())
        window.expect(":")
        if name == "contacts" and not found and window.next_char() == "[":
            found = True
            window.at += 1
            yield from _items(window)
        else:
            window.load(window.take_value())
        more = window.next_char() == ","
        window.at += more
    window.expect("}")
    if not found:
        raise _shape()


def _items(window: _Window) -> Iterator[Piece]:
    raws: list[bytes] = []
    start = size = 0
    more = window.next_char() != "]"
    while more:
        window.next_char()
        start = start if raws else window.place
        raws.append(window.take_value())
        window.row += 1
        size += len(raws[-1])
        end = window.place
        more = window.next_char() == ","
        window.at += more
        if len(raws) >= ITEMS or size >= CHUNK_BYTES or not more:
            yield Piece(start, end, window.load_all(raws))
            raws, size = [], 0
    window.expect("]")


class _Window:
    """A part of the file, from before `at` on. `row` is the number of the item that is read."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._ended = False
        self._passed = self._lines = self._columns = 0
        self._decoder = json.JSONDecoder(parse_int=str, parse_float=str)
        self.text = ""
        self.at = 0
        self.row = 1
        self._read_on()
        if self.text.startswith(_MARK):
            self.at = len(_MARK)

    @property
    def place(self) -> int:
        """Where in the file it stands."""
        return self._passed + self.at

    def next_char(self) -> str:
        """The next character that is no blank, which it goes to; empty at the end."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            assert blank is not None, "nothing is blank too"
            self.at = blank.end()
            if self.at < len(self.text) or self._ended:
                return self.text[self.at : self.at + 1]
            self._read_on()

    def expect(self, char: str) -> None:
        """Pass over `char`. Raises Invalid."""
        if self.next_char() != char:
            raise self.invalid()
        self.at += 1

    def take_value(self) -> bytes:
        """The bytes of the value that begins here. Raises Invalid when there is none, or one too large."""
        self.next_char()
        end = self._end_of_value()
        raw = self.text[self.at : end].encode("latin-1")
        self.at = end
        return raw

    def load_all(self, raws: list[bytes]) -> list[object]:
        """Their values."""
        try:
            loaded: list[object] = orjson.loads(b"[%b]" % b",".join(raws))
        except orjson.JSONDecodeError:
            return [self.load(raw) for raw in raws]
        return loaded

    def load(self, raw: bytes) -> object:
        """The value of some bytes. Raises Invalid."""
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise self.invalid(raw) from None

    def invalid(self, raw: bytes = b"") -> Invalid:
        """What is wrong here, or with the last value, whose bytes are `raw`."""
        if not _is_utf8(raw or self.text[: self.at + CHUNK_BYTES].encode("latin-1")):
            return not_utf8()
        before = self.text[: self.at]
        line = self._lines + before.count("\n") + 1
        last = before.rpartition("\n")[2]
        column = len(_CONTINUED.sub("", last)) + 1 + (0 if "\n" in before else self._columns)
        return Invalid(
            "file_json",
            N_("This is not valid JSON: see line %(line)s, column %(column)s."),
            fields={"line": line, "column": column},
            line=line,
            column=column,
        )

    def is_value(self) -> bool:
        """Whether all that is left is one JSON value, of whatever kind."""
        try:
            self.load(self.take_value())
        except Invalid:
            return False
        return not self.next_char()

    def _end_of_value(self) -> int:
        while True:
            end = self._try_end()
            if end is not None and (end < len(self.text) or self._ended):  # a number might go on
                return end
            if self._ended:
                raise self.invalid()
            if len(self.text) - self.at > self._limits.max_record_chars:
                raise line_too_long(self.row, self._limits)
            self._read_on()

    def _try_end(self) -> int | None:
        try:
            _value, end = self._decoder.raw_decode(self.text, self.at)
        except ValueError:  # not yet, or never
            return None
        except RecursionError:
            raise self.invalid() from None
        return int(end)

    def _read_on(self) -> None:
        """Let go of what was passed, and read as much again as is left: a long value is not looked at many times."""
        passed = self.text[: self.at]
        kept = self.text[self.at :]
        more = self._stream.read(max(CHUNK_BYTES, len(kept)))
        self._ended = not more
        if "\n" in passed:
            self._columns = 0
        self._lines += passed.count("\n")
        self._columns += len(_CONTINUED.sub("", passed.rpartition("\n")[2]))
        self._passed += self.at
        self.text, self.at = kept + more.decode("latin-1"), 0


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.end == len(raw) and error.reason == "unexpected end of data"
    return True


def not_utf8() -> Invalid:
    return Invalid("file_encoding", N_("The JSON is not in UTF-8. Send it as UTF-8."))


def _shape() -> Invalid:
    return Invalid("file_json_shape", N_('Send a JSON array of contacts, such as [{"phone": "...", "name": "..."}].'))
