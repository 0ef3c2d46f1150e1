"""Which windows and which servers understand each other: a number that grows, and names for what came later.

Raise PROTOCOL when the wire changes. What only some windows understand gets a name in UNDERSTOOD, so that a server
sends it to those alone; where that is not possible, raise OLDEST_WINDOW or OLDEST_SERVER, which must let in what the
last two releases say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.domain.errors import Forbidden
from callmanager.domain.texts import N_

PROTOCOL = 2
"""Of this program. 1 is whatever says nothing of it."""
OLDEST_WINDOW = 1
"""The lowest that this program, as a server, still works with."""
OLDEST_SERVER = 1
"""The lowest that this program, as a window, still works with."""
UNDERSTOOD = ("contact.zone",)
"""What this program, as a window, can make use of beyond its number."""

MOST_NAMES = 64
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the other side of a connection understands."""

    protocol: int = 1
    names: frozenset[str] = frozenset()


def handshake() -> dict[str, Any]:
    """What a window says of itself when it connects."""
    return {"protocol": PROTOCOL, "needs": OLDEST_SERVER, "understands": list(UNDERSTOOD)}


def check_window(said: Mapping[str, Any]) -> Understanding:
    """What a window that said this understands. Raises Forbidden, with which side to update: window_too_old,
    server_too_old.
    """
    protocol, needs = _number(said.get("protocol")), _number(said.get("needs"))
    if protocol < OLDEST_WINDOW:
        raise Forbidden(
            "window_too_old",
            N_("This window is too old for the server. Update CallManager on this PC."),
            fields={"protocol": PROTOCOL, "oldest": OLDEST_WINDOW},
        )
    if needs > PROTOCOL:
        raise Forbidden(
            "server_too_old",
            N_("The server is too old for this window. Update CallManager on the server's PC, or ask IT to."),
            fields={"protocol": PROTOCOL, "needed": needs},
        )
    return Understanding(protocol, _names(said.get("understands")))


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 1


def _names(value: Any) -> frozenset[str]:
    given = value[:MOST_NAMES] if isinstance(value, list) else []
    return frozenset(name for name in given if isinstance(name, str) and len(name) <= LONGEST_NAME)
