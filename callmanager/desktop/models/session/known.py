"""Remembers whose each key was, so that a user's list can be opened while the server is away. Holds no secrets."""

from __future__ import annotations

from typing import Any

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.session.entering import Entered
from callmanager.desktop.models.session.keys import seal_of, with_newest

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
