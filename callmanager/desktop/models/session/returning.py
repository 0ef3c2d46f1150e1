"""Signs in without a password: by the key that IT gave this PC, or by the one that remembers a user.

Its method waits: for threads, never the window's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.session.entering import Entered, Entrance
from callmanager.desktop.models.session.keys import KeyHomes, PcKey, Withheld, seal_of, with_newest
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.remote.servers import Server
from callmanager.domain.errors import Invalid, Unauthenticated, Unavailable


class Returning:
    """Whoever a key opens the door to."""

    def __init__(
        self,
        entrance: Entrance,
        configured: Configured,
        known: KnownPeople,
        homes: KeyHomes,
        complete: Callable[[str], str],
    ) -> None:
        """`complete` makes an address whole as it does that of the server itself."""
        self._entrance, self._configured, self._known, self._homes = entrance, configured, known, homes
        self._complete = complete

    def come_back(self, server: Server) -> Entered | Withheld | None:
        """None: no key is at hand. Withheld: only one of another server, which was not sent. Raises as a sign-in."""
        keys = self._at_hand(server)
        for key in keys:
            if self._homes.may_go(key, server):
                return self._enter(server, key)
        self._entrance.look(server)
        return Withheld(keys[0], server, self._homes.home_of(keys[0], server)) if keys else None

    def _at_hand(self, server: Server) -> list[PcKey]:
        given = self._configured
        keys = [PcKey(given.api_key, self._home(given.key_server))] if given.api_key else []
        try:
            kept = self._entrance.safe.find(server.address)
        except Unavailable:
            return keys  # without a safe nobody is remembered
        if kept is None:
            return keys
        return [*keys, PcKey(kept.api_key, Server(server.address, kept.fingerprint), kept.username)]

    def _enter(self, server: Server, key: PcKey) -> Entered:
        try:
            return self._entrance.by_key(server, key.text)
        except Unavailable as error:
            person = self._known.find(key.text)
            if person is None or error.code.startswith("certificate_"):
                raise
            return self._entrance.by_memory(server, key.text, person)
        except Unauthenticated:
            if key.username:
                self._entrance.safe.forget(server.address)
            raise

    def _home(self, address: str) -> Server | None:
        """What IT wrote as the server of its key; None when that is no address."""
        try:
            return Server(self._complete(address)) if address else None
        except Invalid:
            return None


KNOWN = "known"
MOST_KNOWN = 10


class KnownPeople:
    """Found again only by who still has the key itself."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def find(self, api_key: str) -> dict[str, Any] | None:
        """As /auth/me told of him; None when this PC has not seen that key at work."""
        person = self._preferences.recall(KNOWN, {}).get(seal_of(api_key))
        return person if isinstance(person, dict) and {"id", "username", "role", "permissions"} <= set(person) else None

    def keep(self, entered: Entered) -> None:
        """Know him from now on; the last MOST_KNOWN are kept."""
        before = self._preferences.recall(KNOWN, {})
        self._preferences.remember(KNOWN, with_newest(before, seal_of(entered.api_key), _told(entered), MOST_KNOWN))


def _told(entered: Entered) -> dict[str, Any]:
    user = entered.user
    return {
        "id": user.user_id,
        "username": user.username,
        "role": user.role,
        "team": user.team,
        "permissions": sorted(entered.permissions),
    }
