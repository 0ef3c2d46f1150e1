"""Which fault strikes when: shuffled decks of cards, so that every kind comes, and as often as it shall."""

from __future__ import annotations

import random
from collections import Counter
from enum import StrEnum


class Fault(StrEnum):
    """What can happen on the way."""

    DROP = "drop"
    """Part of the bytes, then the end of the connection."""
    RESET = "reset"
    DELAY = "delay"
    BLACK_HOLE = "black_hole"
    """The connection stands, and nothing comes through any more in either direction."""
    HALF_OPEN = "half_open"
    """The same in one direction only."""
    LOSE_FRAME = "lose_frame"
    """A whole message is gone, and the connection goes on."""
    DOUBLE_FRAME = "double_frame"
    STALE_FRAME = "stale_frame"
    """A message comes a second time after others that are newer."""
    DOUBLE_REQUEST = "double_request"
    """An HTTP request reaches the server twice, at once or a while later."""


FAULTS: dict[str, dict[Fault, int]] = {
    "connection": {Fault.BLACK_HOLE: 1, Fault.RESET: 1, Fault.DROP: 1},
    "request": {Fault.DOUBLE_REQUEST: 5, Fault.DELAY: 4, Fault.DROP: 1, Fault.RESET: 1, Fault.BLACK_HOLE: 1},
    "answer": {Fault.DELAY: 4, Fault.DROP: 1, Fault.RESET: 1, Fault.HALF_OPEN: 1},
    "event": {
        Fault.LOSE_FRAME: 12,
        Fault.DOUBLE_FRAME: 6,
        Fault.STALE_FRAME: 4,
        Fault.DELAY: 4,
        Fault.DROP: 1,
        Fault.RESET: 1,
        Fault.HALF_OPEN: 1,
        Fault.BLACK_HOLE: 1,
    },
    "upward": {Fault.DELAY: 3, Fault.HALF_OPEN: 1, Fault.RESET: 1},
}
"""How many cards of a fault lie in the deck of each thing that passes: a new connection, an HTTP request, a piece of
an answer, a message of a socket, and what a client says on a socket."""

CARDS = {"connection": 30, "request": 40, "answer": 60, "event": 120, "upward": 120}
"""How many cards a deck has; the others let pass."""


class Decks:
    """Draws faults, and counts what was done. `calm` draws none; `mildness` makes every fault that much rarer."""

    def __init__(self, seed: int, mildness: int) -> None:
        self.dice = random.Random(seed)
        self.done: Counter[Fault] = Counter()
        self.calm = True
        self._mildness = mildness
        self._decks: dict[str, list[Fault | None]] = {}

    def draw(self, thing: str) -> Fault | None:
        """What happens to the next of its kind."""
        if self.calm:
            return None
        deck = self._decks.get(thing) or self._shuffled(thing)
        self._decks[thing] = deck
        return deck.pop()

    def _shuffled(self, thing: str) -> list[Fault | None]:
        bad: list[Fault | None] = [fault for fault, count in FAULTS[thing].items() for _ in range(count)]
        deck = bad + [None] * (CARDS[thing] * self._mildness - len(bad))
        self.dice.shuffle(deck)
        return deck
