"""Events for connected people: other parts hand them in here after a commit, and realtime/ sends them.

Changes of records are not told here: the broadcast reads them from the log (changes/broadcast.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.domain.people import Actor

Chooser = Callable[[Actor], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event for one user's windows (`user_id`), for all who see what bears `scope` (domain/changes.py), or for each
    what `choose` gives him, who is told nothing when that is None.
    """

    event: str
    payload: Mapping[str, Any]
    user_id: int | None = None
    scope: str | None = None
    choose: Chooser | None = None


Teller = Callable[[Announcement], None]


class Announcements:
    """Passes announcements on. Whoever makes one does so after his commit, from any thread, and it never fails him."""

    def __init__(self) -> None:
        self._tellers: list[Teller] = []

    def on_announcement(self, teller: Teller) -> None:
        """Hand every announcement to `teller`, in the thread that makes it: it must be quick and must not raise."""
        self._tellers.append(teller)

    def to_user(self, user_id: int, event: str, payload: Mapping[str, Any]) -> None:
        """Tell all windows of one user."""
        self._tell(Announcement(event, payload, user_id=user_id))

    def to_scope(self, scope: str, event: str, payload: Mapping[str, Any]) -> None:
        """Tell everybody who may see a record of this scope: `team_scope(team_id)`, EVERYONE or ADMINS."""
        self._tell(Announcement(event, payload, scope=scope))

    def to_each(self, event: str, choose: Chooser) -> None:
        """Tell everybody what `choose` gives him; it is asked in the event loop and must only look at what it has."""
        self._tell(Announcement(event, {}, choose=choose))

    def _tell(self, announcement: Announcement) -> None:
        for teller in self._tellers:
            teller(announcement)


@dataclass(slots=True)
class LiveCounts:
    """Figures of the live connections, for /metrics. Written by the event loop, read by anybody."""

    sockets: int = 0
    streams: int = 0
    messages: int = 0
    bytes: int = 0
    cut_off: int = 0
    refused: int = 0
    lag_seconds: float = 0.0
