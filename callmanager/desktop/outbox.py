"""Sends the user's waiting work: in order, each request exactly once, and what is refused is kept for him to decide.

Exactly once: the key of a request is on the disk before it first goes out, and the server does a key's work once. It
remembers keys for a day, so what may have been done longer ago is never sent again by itself. A request that tells how
long ago something was (`moments`) is another each time: a PATCH that does so must change nothing when it comes twice,
of a POST the server leaves out of account how long ago.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from callmanager.desktop.moments import Moments, has_moment
from callmanager.desktop.store import Queued, UnsentWork
from callmanager.desktop.wire import Answer
from callmanager.domain.clock import Clock, from_wire, to_wire
from callmanager.domain.errors import CallManagerError, Forbidden, Locked, TooMany, Unauthenticated, Unavailable
from callmanager.domain.texts import N_

REPEATABLE_FOR = timedelta(hours=20)
MOST_FAILURES = 5
"""So often an error inside the server is taken for passing; then the request makes way for those behind it."""

_NOT_SENT = frozenset({"server_unreachable", "certificate_untrusted"})
_FAILURES = frozenset({"internal_error", "server_failed"})
_BEFORE_SIGNING_IN = frozenset({"password_change_needed"})


class Sender(Protocol):
    """The server, as far as the outbox needs it."""

    def ask(self, method: str, path: str, *, body: Any, version: int | None, key: str | None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """The server did what was asked."""

    item: Queued
    answer: Answer


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said no; the request stands under `list_refused` of the store."""

    item: Queued
    error: CallManagerError


class Outbox:
    """One user's requests to one server. `username` is whose. `kept` is told when more waits than before, or less,
    without the server having answered."""

    def __init__(
        self,
        sender: Sender,
        work: UnsentWork,
        clock: Clock,
        *,
        new_key: Callable[[], str],
        tell: Callable[[Any], None],
        username: str | None = None,
        moments: Moments | None = None,
        kept: Callable[[], object] = lambda: None,
    ) -> None:
        self.moments = moments or Moments(clock)
        self._sender, self._work, self._clock = sender, work, clock
        self._new_key, self._tell, self._username, self._kept = new_key, tell, username, kept
        self._turn = threading.Lock()
        self._wanted = threading.Event()

    def put(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        version: int | None = None,
        about: str = "",
        contact_id: int | None = None,
    ) -> int:
        """Keep a request and return its number; `send_all` sends it. `about` is what the user calls it."""
        number = self._work.put(
            method,
            path,
            body,
            key=self._new_key(),
            now=self._now(),
            version=version,
            about=about,
            contact_id=contact_id,
        )
        self._kept()
        return number

    def withdraw(self, number: int) -> bool:
        """Take a request back that has never gone out; False when it is too late for that."""
        is_withdrawn = self._work.withdraw(number)
        if is_withdrawn:
            self._kept()
        return is_withdrawn

    def retry(self, number: int) -> None:
        """Send a refused request again, as the user decided; it goes behind those that wait."""
        self._work.retry(number, key=self._new_key())
        self._kept()

    def send_all(self) -> CallManagerError | None:
        """Send what waits, oldest first. None when nothing is left, else why it must wait: the server, or signing in.

        Tells Sent or Refused for each. While another thread is sending, this one leaves it to that.
        """
        self._wanted.set()
        while self._wanted.is_set() and self._turn.acquire(blocking=False):
            try:
                self._wanted.clear()
                obstacle = self._send_waiting()
            finally:
                self._turn.release()
            if obstacle is not None:
                return obstacle
        return None

    def _send_waiting(self) -> CallManagerError | None:
        while (item := self._work.find_next()) is not None:
            if (obstacle := self._send(item)) is not None:
                return obstacle
        return None

    def _send(self, item: Queued) -> CallManagerError | None:
        if self._may_be_forgotten(item):
            self._refuse(item, _unknown_outcome(item))
            return None
        if not self._work.note_sending(item.number, self._now()):
            return None  # withdrawn meanwhile
        body = self.moments.fill(item.body) if has_moment(item.body) else item.body
        key = self._new_key() if _is_harmless_twice(item) else item.key
        try:
            answer = self._sender.ask(item.method, item.path, body=body, version=item.version, key=key)
        except (Unavailable, TooMany, Unauthenticated) as error:
            return self._postpone(item, error)
        except CallManagerError as error:
            return self._refused(item, error)
        self._work.note_done(item.number)
        self._tell(Sent(item, answer))
        return None

    def _refused(self, item: Queued, error: CallManagerError) -> CallManagerError | None:
        """The server said no: for the user to decide, unless it says yes later by itself."""
        if isinstance(error, Forbidden) and error.code in _BEFORE_SIGNING_IN:
            return error
        if isinstance(error, Locked) and error.fields.get("holder") == self._username:
            # Held by the user himself, from before this program was ended by force: the server soon lets it expire.
            self._work.note_unsent(item.number, item.sent_at)
            return error
        self._refuse(item, error)
        return None

    def _postpone(self, item: Queued, error: CallManagerError) -> CallManagerError | None:
        if error.code in _NOT_SENT:
            self._work.note_unsent(item.number, item.sent_at)
        elif error.code in _FAILURES and item.attempts + 1 >= MOST_FAILURES:
            self._refuse(item, error)
            return None
        return error

    def _may_be_forgotten(self, item: Queued) -> bool:
        """Whether it may have been done so long ago that the server no longer knows the key."""
        if item.sent_at is None or _is_harmless_twice(item):
            return False
        return not timedelta(0) <= self._clock.now() - from_wire(item.sent_at) <= REPEATABLE_FOR

    def _refuse(self, item: Queued, error: CallManagerError) -> None:
        problem = {"code": error.code, "message": error.message, "params": error.params, "fields": error.fields}
        self._work.note_refused(item.number, problem)
        self._tell(Refused(item, error))

    def _now(self) -> str:
        return to_wire(self._clock.now())


def _is_harmless_twice(item: Queued) -> bool:
    return item.method == "PATCH" and has_moment(item.body)


def _unknown_outcome(item: Queued) -> Unavailable:
    return Unavailable(
        "outcome_unknown",
        N_("It is not known whether the server got this (%(about)s). Look there, then send it again or drop it."),
        about=item.about or item.path,
    )
