"""Finds, key by key, how the file of a register differs from what its source held. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from callmanager.server.registers.reading import Line
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.registers import register_lines, shown_at

PIECE = 2_000
PART = 250
"""Lines that are written without asking whether somebody waits: a few milliseconds."""


@dataclass(slots=True)
class Difference:
    """Some neighbouring lines: those to be put in, the keys of those to be taken out, and how they count."""

    put: list[Line] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    new: int = 0
    same: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def size(self) -> int:
        return len(self.put) + len(self.taken)

    def add(self, old: Line | None, new: Line | None) -> None:
        """Take in what stands under one key, before and after."""
        if new is None:
            self.gone += 1
        elif old is None:
            self.new += 1
        elif old == new:
            self.same += 1
            return
        else:
            self.changed += 1
        if old is not None:
            self.taken.append(old.key)
        if new is not None:
            self.put.append(new)


def differences(held: Iterable[Line], file: Iterable[Line]) -> Iterator[Difference]:
    """Both by key; every line of both counts in one of them."""
    found = Difference()
    for old, new in _side_by_side(iter(held), iter(file)):
        found.add(old, new)
        if found.size >= PART:
            yield found
            found = Difference()
    yield found


def _side_by_side(held: Iterator[Line], file: Iterator[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    old, new = next(held, None), next(file, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old.key < new.key):
            yield old, None
            old = next(held, None)
        elif old is None or new.key < old.key:
            yield None, new
            new = next(file, None)
        else:
            yield old, new
            old, new = next(held, None), next(file, None)


def walk_held(storage: Storage, register_id: int, load_id: int) -> Iterator[Line]:
    """The lines that the register holds with that load, by key. No transaction stays open between the pages."""
    table, last = register_lines, ""
    columns = (table.c.key, table.c.reference, table.c.listed_on, table.c.expires_on)
    statement = select(*columns).where(table.c.register_id == register_id, shown_at(load_id))
    while True:
        with storage.read() as connection:
            page = connection.execute(statement.where(table.c.key > last).order_by(table.c.key).limit(PIECE)).all()
        yield from (Line(*row) for row in page)
        if len(page) < PIECE:
            return
        last = page[-1][0]
