"""Keys of this PC and the servers they were given for: a key goes to its own server, to another only after a yes.

One server is told from another by its certificate where it has one, else by its address (docs/decisions/0106).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.remote.servers import Server, origin_of

KEY_HOMES = "key_homes"
MOST_KEYS, MOST_HOMES = 10, 10


@dataclass(frozen=True, slots=True)
class PcKey:
    """A key that is at hand here. `username`: who is remembered by it; "" when IT gave it to the PC.

    `home` is the server it was given for; None: nobody said which. Its fingerprint is None while no certificate is
    known, and "" when authorities vouch for the server.
    """

    text: str = field(repr=False)
    home: Server | None
    username: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A key that was not sent, since `server` is not the one it was given for. `home` is that one, if known."""

    key: PcKey
    server: Server
    home: Server | None


class KeyHomes:
    """Where each key was taken, or sent with the user's consent. Holds no secrets."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def may_go(self, key: PcKey, server: Server) -> bool:
        """Whether `server` is the one that the key was given for."""
        known, origin, shown = self._known(key.text), origin_of(server.address), server.fingerprint or ""
        if origin in known:
            return known[origin] == shown
        if shown and shown in known.values():
            return True  # the same server at another address
        home = key.home
        return home is not None and origin_of(home.address) == origin and home.fingerprint in (None, shown)

    def home_of(self, key: PcKey, server: Server) -> Server | None:
        """The server to name when the key may not go to `server`."""
        known, origin = self._known(key.text), origin_of(server.address)
        if origin in known:
            return Server(server.address, known[origin])
        return key.home or next((Server(*found) for found in known.items()), None)

    def settle(self, key_text: str, server: Server) -> None:
        """The key is this server's from now on: it was taken there, or the user said yes."""
        homes = {**self._known(key_text), origin_of(server.address): server.fingerprint or ""}
        newest, before = dict([*homes.items()][-MOST_HOMES:]), self._preferences.recall(KEY_HOMES, {})
        self._preferences.remember(KEY_HOMES, with_newest(before, seal_of(key_text), newest, MOST_KEYS))

    def _known(self, key_text: str) -> dict[str, str]:
        found = self._preferences.recall(KEY_HOMES, {}).get(seal_of(key_text), {})
        return dict(found) if isinstance(found, dict) else {}


def with_newest(before: Mapping[str, Any], name: str, value: Any, most: int) -> dict[str, Any]:
    """`before` with a newest entry; of all of them the last `most`."""
    others = [(known, kept) for known, kept in before.items() if known != name]
    return {**dict(others[-most + 1 :]), name: value}


def seal_of(key_text: str) -> str:
    """A name for a key that does not tell it: it has 256 random bits, so nobody finds it by trying."""
    return hashlib.sha256(key_text.encode()).hexdigest()[:24]
