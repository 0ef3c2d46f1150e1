"""Walks through one XML part of a workbook with expat, in pieces. Refuses every DTD, so no entity is ever expanded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar
from xml.parsers import expat

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.workbooks.archives import damaged

MAX_TOKEN_BYTES = 2**20
PIECE_BYTES = 4096
MAX_DEPTH = 100
MAX_NAMES = 10_000

T = TypeVar("T")


class Visitor(Generic[T]):
    """Sees the elements of a part by their local names; what it puts into `found` is handed on piece by piece."""

    def __init__(self) -> None:
        self.found: list[T] = []

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def on_end(self, name: str) -> None:
        """An element ends."""

    def on_text(self, text: str) -> None:
        """Text, perhaps only a part of it."""


def walk(pieces: Iterable[bytes], visitor: Visitor[T]) -> Iterator[T]:
    """What `visitor` finds in the part whose bytes are `pieces`. Raises Invalid for a DTD or broken XML."""
    parser = _parser(visitor)
    fed = 0
    try:
        for piece in _small(pieces):
            fed += len(piece)
            parser.Parse(piece, False)
            if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN_BYTES or len(parser.intern) > MAX_NAMES:
                raise damaged()
            yield from visitor.found
            visitor.found.clear()
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError):  # broken XML, an encoding that does not exist or cannot be
        raise damaged() from None
    yield from visitor.found
    visitor.found.clear()


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What a piece makes a visitor find is held at once: cells of a few bytes can show a long shared text each."""
    for piece in pieces:
        for start in range(0, len(piece), PIECE_BYTES):
            yield piece[start : start + PIECE_BYTES]


def _parser(visitor: Visitor[T]) -> expat.XMLParserType:
    """Expat keeps every open element and every name it has met: both are bounded."""
    depth = 0

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise damaged()
        visitor.on_start(name.rpartition(":")[2], attributes)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        visitor.on_end(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = visitor.on_text
    return parser


def _refuse_dtd(*_: object) -> None:
    raise Invalid(
        "file_xml_entities",
        N_("The workbook holds XML definitions that Excel never writes. Open it in Excel and save it again as .xlsx."),
    )
