"""Who sits at a desktop just now, and since when whoever left has been away. In memory; safe under threads.

It writes nothing: `due` says what is to be recorded, and actions/agent_states.py records it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callmanager.domain.people import Actor
from callmanager.server.clocks import SteadyClock

GRACE = timedelta(seconds=60)
"""Whoever is back within this time has not been away: a lost cable must not fill the record."""
LONGEST_OUTAGE = timedelta(minutes=10)
"""After a stop of the server of up to this length, people have the grace from its start; after a longer one, none."""

PHONE_READY = "ready"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody without a desktop: away since then, and from `until` on recorded as such."""

    user_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AttendanceMark:
    """When the server knew who was there, and since when the others have been away (by user)."""

    at: datetime
    away: dict[int, datetime] = field(default_factory=dict)


class Attendance:
    """The people at their desktops."""

    def __init__(self, clock: SteadyClock) -> None:
        self.settling = threading.Lock()
        self._clock = clock
        self._lock = threading.Lock()
        self._desktops: dict[str, Actor] = {}
        self._counts: dict[int, int] = {}
        self._away: dict[int, Absence] = {}
        self._come: dict[int, Actor] = {}
        self._phones: dict[str, str] = {}
        self._on_arrival: Callable[[], None] = lambda: None

    def listen(self, on_arrival: Callable[[], None]) -> None:
        """Call `on_arrival` when there is something that `due` names at once. It must be quick."""
        self._on_arrival = on_arrival

    def arrive(self, sid: str, actor: Actor) -> None:
        """A desktop of `actor` has connected."""
        with self._lock:
            self._desktops[sid] = actor
            self._counts[actor.id] = self._counts.get(actor.id, 0) + 1
            self._come[actor.id] = actor
            away = self._away.get(actor.id)
            if away is not None and self._clock.now() < away.until:
                del self._away[actor.id]
        self._on_arrival()

    def depart(self, sid: str) -> None:
        """A connection has gone; one that is no desktop's, or was told already, means nothing."""
        with self._lock:
            actor = self._desktops.pop(sid, None)
            self._phones.pop(sid, None)
            if actor is None:
                return
            self._counts[actor.id] -= 1
            if not self._counts[actor.id]:
                del self._counts[actor.id]
                self._miss(actor.id, self._clock.now(), GRACE)

    def note_phone(self, sid: str, state: str) -> None:
        """What the desktop `sid` says of its phone; forgotten when it goes."""
        with self._lock:
            if sid in self._desktops:
                self._phones[sid] = state

    def phones(self) -> dict[int, str]:
        """By user, the state of his phone as far as his desktop has told; of several desktops a phone that is ready."""
        with self._lock:
            found: dict[int, str] = {}
            for sid, state in self._phones.items():
                if found.get(self._desktops[sid].id) != PHONE_READY:
                    found[self._desktops[sid].id] = state
            return found

    def resume(self, user_id: int, since: datetime) -> None:
        """The record of before a restart says that he was there; the server last knew so at `since`."""
        with self._lock:
            now = self._clock.now()
            grace = GRACE if now - since <= LONGEST_OUTAGE else timedelta(0)
            self._away[user_id] = Absence(user_id, since, now + grace)

    def follow_clock(self, leap: timedelta) -> None:
        """The clock of this PC was set by `leap`: whoever is away has been away for as long as before."""
        with self._lock:
            self._clock.restart()
            away = self._away.items()
            self._away = {
                user_id: replace(one, since=one.since + leap, until=one.until + leap) for user_id, one in away
            }

    def due(self) -> tuple[list[Absence], list[Actor]]:
        """Who is to be recorded as gone, and whose arrival was not looked at yet."""
        with self._lock:
            if not self._away and not self._come:
                return [], []
            now = self._clock.now()
            return [absence for absence in self._away.values() if absence.until <= now], list(self._come.values())

    def settle_absence(self, absence: Absence) -> None:
        """It is recorded."""
        with self._lock:
            if self._away.get(absence.user_id) == absence:
                del self._away[absence.user_id]

    def settle_arrival(self, actor: Actor) -> None:
        """It is recorded, or there was nothing to record."""
        with self._lock:
            self._come.pop(actor.id, None)
            if actor.id not in self._counts:  # he has left while it was recorded
                self._miss(actor.id, self._clock.now(), GRACE)

    def seen(self) -> AttendanceMark | None:
        """For the mark that outlives this process; None while nobody is there or expected back."""
        with self._lock:
            if not self._counts and not self._away:
                return None
            return AttendanceMark(
                self._clock.now(), {absence.user_id: absence.since for absence in self._away.values()}
            )

    def _miss(self, user_id: int, since: datetime, grace: timedelta) -> None:
        # who came back too late and left again before that was recorded has been away from the first time on
        self._away.setdefault(user_id, Absence(user_id, since, since + grace))
