"""Writes many records as one piece of work in many short transactions, so that nobody waits long for the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from callmanager.domain.people import Actor
from callmanager.server.changes.write import ChangeLog, Transaction

P = TypeVar("P")
R = TypeVar("R")


def write_nothing_more(tx: Transaction, written: list[Any]) -> None:
    """For parts with which nothing else must be saved."""
    del tx, written


def write_in_turns(
    log: ChangeLog,
    actor: Actor,
    origin: str,
    parts: Iterable[P],
    write: Callable[[Transaction, P], R],
    *,
    origin_id: int,
    at_end: Callable[[Transaction, list[R]], None] = write_nothing_more,
) -> Iterator[list[R]]:
    """`write` every part, each whole in one change set, and give what it returned for those that are durable now.

    A transaction takes in parts for as long as nobody else is there, and ends after the part in which somebody came; a
    part should take a few milliseconds. `at_end` writes what must be saved together with them, such as how far the
    work is. Parts are made ready beforehand: the writer is held while they are taken.
    """
    waiting = iter(parts)
    part = next(waiting, None)
    while part is not None:
        written: list[R] = []
        with log.write(actor, origin, origin_id=origin_id, bulk=True) as tx:
            log.pace.begin()
            while part is not None:
                written.append(write(tx, part))
                part = next(waiting, None)
                if log.pace.must_give_way():
                    break
            at_end(tx, written)
        log.pace.give_way()
        yield written
