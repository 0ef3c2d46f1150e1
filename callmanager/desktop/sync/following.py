"""Keeps a replica equal to the server: snapshot, feed, live changes, reconnecting. Pure logic over its seams.

The log is the truth and the socket a hint: what is lost, doubled or late is mended by a pull from the position.
All pulls happen in `step`, one after the other, so there is never a second one beside the first.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from callmanager.desktop.sync.collecting import rare_collection
from callmanager.desktop.sync.reading_ahead import read_ahead
from callmanager.desktop.sync.seams import LiveLink, ReplicaLike, Upstream
from callmanager.desktop.sync_events import Applied, Heard, Progress, Rewritten, Status, StatusChanged, SyncEvent
from callmanager.desktop.wire import LiveChanges, Page, Position
from callmanager.domain.clock import Clock, to_wire
from callmanager.domain.errors import CallManagerError, Forbidden, Gone, TooMany, Unauthenticated

PAGE_LIMIT = 5_000
SILENCE_SECONDS = 75.0
"""A server that is there says so every 30 s."""
SLEPT_SECONDS = 60.0
"""A clock that jumped by this much means that the PC was asleep: what the socket missed, nobody knows."""
LONGEST_WAIT = 15.0
POLL_SECONDS = (4.0, 6.0)
SOCKET_AGAIN_SECONDS = (1.0, 3.0)
"""After the first failure of a socket alone; the bounds double with each, up to those of the next line."""
MOST_SOCKET_AGAIN_SECONDS = (15.0, 25.0)
GAP_SECONDS = (0.0, 0.2)
CROWD_SECONDS = (0.0, 1.0)
"""The whole office was told to pull at the same moment."""
BEHIND_SECONDS = (0.5, 2.0)
FIRST_RETRY_SECONDS = 1.0
MOST_RETRY_SECONDS = 5.0

NOWHERE = Position("", 0, 0)
"""Where a client stands that has nothing."""

Told = Callable[[SyncEvent], None]
Incoming = tuple[int, str, Any]


class Sync:
    """One replica and its server. `tell` receives a SyncEvent for all that happens, from the thread of `step`.

    `spread(low, high)` gives a random wait, so that an office full of clients does not return at one instant.
    `user_id` is whose replica it is.
    """

    def __init__(
        self,
        upstream: Upstream,
        replica: ReplicaLike,
        clock: Clock,
        tell: Told,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        spread: Callable[[float, float], float] = random.uniform,
        user_id: int | None = None,
        page_limit: int = PAGE_LIMIT,
    ) -> None:
        self._upstream, self._replica, self._clock, self._tell = upstream, replica, clock, tell
        self._monotonic, self._spread = monotonic, spread
        self._user_id, self._page_limit = user_id, page_limit
        self._inbox: queue.SimpleQueue[Incoming] = queue.SimpleQueue()
        self._due: dict[str, float] = {"connect": monotonic()}
        self._link: LiveLink | None = None
        self._link_number = 0
        self._failures = 0
        self._socket_failures = 0
        self._announced = 0
        self._status = Status.OFFLINE

    @property
    def status(self) -> Status:
        """How the replica gets its news at this moment."""
        return self._status

    def run(self, stop: threading.Event) -> None:
        """Step until `stop` is set; `wake` makes it look at once."""
        while not stop.is_set():
            self.step(self.next_wait())
        self.close()

    def wake(self) -> None:
        """End a wait of `step`, from any thread."""
        self._inbox.put((0, "", None))

    def pull_soon(self) -> None:
        """Ask the server for news, from any thread: after something was sent, or when the user wishes it."""
        self._inbox.put((0, "pull", None))

    def close(self) -> None:
        """Give the connection back."""
        self._drop()

    def next_wait(self) -> float:
        """Seconds until something is due; never more than LONGEST_WAIT, so that a sleep of the PC is noticed."""
        now = self._monotonic()
        return max(0.0, min(LONGEST_WAIT, *(at - now for at in self._due.values()), LONGEST_WAIT))

    def step(self, wait: float = 0.0) -> None:
        """Handle one message if there is one within `wait` seconds, then all that is due."""
        slept_from = self._clock.now()
        try:
            number, event, payload = self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
        except queue.Empty:
            number, event, payload = 0, "", None
        self._notice_sleep(slept_from)
        self._take(number, event, payload)
        for name, work in (
            ("connect", self._connect),
            ("pull", self._pull),
            ("behind", self._pull),
            ("silence", self._reconnect),
        ):
            if self._due.get(name, float("inf")) <= self._monotonic():
                del self._due[name]
                work()

    def _take(self, number: int, event: str, payload: Any) -> None:
        if event == "pull":
            self._schedule("pull", 0.0)
        if number == 0 or number != self._link_number:
            return  # of a connection that was given up
        self._due["silence"] = self._monotonic() + SILENCE_SECONDS
        if event == "changes":
            self._on_changes(payload)
        elif event == "heartbeat":
            self._on_heartbeat(payload)
        elif event == "closed":
            self._reconnect()
        elif event == "signed_out":
            self._on_signed_out(payload)
        self._tell(Heard(event, payload))

    def _on_changes(self, payload: Any) -> None:
        try:
            message = LiveChanges.from_wire(payload)
        except (KeyError, TypeError, ValueError):
            self._schedule("pull", 0.0)  # of a newer server: the feed is understood by both
            return
        here = self._replica.position
        if here is None or message.epoch != here.epoch:
            self._schedule("pull", 0.0)
        elif message.seq <= here.seq:
            return  # known already
        elif message.is_behind:
            self._schedule("pull", self._spread(*CROWD_SECONDS))
        elif message.prev > here.seq:
            self._schedule("pull", self._spread(*GAP_SECONDS))
        else:
            self._replica.apply_live(message)
            self._tell(Applied.by_message(here.seq, message))
            if message.seq >= self._announced:
                self._due.pop("behind", None)
            if any(person["id"] == self._user_id for person in message.records.get("user", ())):
                self._schedule("pull", 0.0)  # the user himself: what he may see can be another now

    def _on_heartbeat(self, payload: Any) -> None:
        here = self._replica.position
        epoch, seq = (payload.get("epoch"), payload.get("seq")) if isinstance(payload, dict) else (None, None)
        if here is None or epoch != here.epoch or not isinstance(seq, int):
            self._schedule("pull", self._spread(*BEHIND_SECONDS))
        elif seq > here.seq:
            # It may have overtaken the message itself, which then lets the pull off.
            self._announced = seq
            self._schedule("behind", self._spread(*BEHIND_SECONDS))
        else:
            self._note_current()

    def _on_signed_out(self, payload: Any) -> None:
        reason = payload.get("reason") if isinstance(payload, dict) else None
        if reason == "rights_changed":  # still signed in, with another sight: the feed sends back to the start
            self._reconnect()
        else:
            self._sign_out(None)

    def _connect(self) -> None:
        self._link_number += 1
        number = self._link_number
        try:
            self._link = self._upstream.connect_live(lambda event, payload: self._inbox.put((number, event, payload)))
            is_current = self._ask_standing(self._link)
        except (Unauthenticated, Forbidden) as error:
            self._sign_out(error)
            return
        except CallManagerError as error:
            self._drop()
            self._pull(error)
            return
        self._socket_failures = 0
        self._due["silence"] = self._monotonic() + SILENCE_SECONDS
        if is_current:
            self._settle(None)
        else:
            self._pull()

    def _ask_standing(self, link: LiveLink) -> bool:
        """Whether nothing is missing."""
        here = self._replica.position
        try:
            standing = link.sync(here or NOWHERE)
        except Gone:
            return False
        if standing.presence is not None:
            self._tell(Heard("presence", standing.presence))
        if standing.agents is not None:
            self._tell(Heard("agents", standing.agents))
        return here is not None and standing.is_current and not self._replica.is_loading

    def _pull(self, no_socket: CallManagerError | None = None) -> None:
        """Catch up. What failed is tried again later. `no_socket` is why there is HTTP alone just now."""
        try:
            self._catch_up()
        except (Unauthenticated, Forbidden) as error:
            self._sign_out(error)
        except CallManagerError as error:
            self._failed(error)
        else:
            self._settle(no_socket)

    def _settle(self, no_socket: CallManagerError | None) -> None:
        """Nothing is missing now."""
        self._failures = 0
        self._due.pop("pull", None)
        self._due.pop("behind", None)
        self._note_current()
        if self._link is not None:
            self._set_status(Status.LIVE)
        else:
            self._set_status(Status.POLLING, no_socket)
            self._schedule("pull", self._spread(*POLL_SECONDS))
        if no_socket is not None:
            self._try_socket_again(no_socket)

    def _try_socket_again(self, error: CallManagerError) -> None:
        """Soon after a first failure, then ever more rarely: HTTP works meanwhile."""
        doubled = 2.0 ** min(self._socket_failures, 10)
        low, high = map(min, MOST_SOCKET_AGAIN_SECONDS, (bound * doubled for bound in SOCKET_AGAIN_SECONDS))
        self._socket_failures += 1
        self._due["connect"] = self._monotonic() + self._spread(low, high) + _asked_to_wait(error)

    def _catch_up(self) -> None:
        with rare_collection():
            self._follow_pages()

    def _follow_pages(self) -> None:
        """Page by page; the next one is on its way while one is written, so that there are never more than two."""
        page = self._first_page(self._replica.position)
        while page.has_more:
            following = read_ahead(partial(self._read_changes, page.position, as_rows=self._is_load(page)))
            self._take_page(page)
            page = following()
        self._take_page(page)

    def _take_page(self, page: Page) -> None:
        self._check_witness(page)
        self._replica.replace(page) if page.since == 0 else self._replica.apply(page)
        self._tell(Applied.by_page(page))
        if self._replica.is_loading or page.has_more:
            self._tell(Progress(page.to, page.head.seq))

    def _first_page(self, here: Position | None) -> Page:
        if here is not None and here.seq > 0:
            try:
                return self._read_changes(here, as_rows=self._replica.is_loading)
            except Gone:
                pass
        return self._upstream.read_snapshot(limit=self._page_limit, as_rows=True)

    def _read_changes(self, position: Position, *, as_rows: bool) -> Page:
        return self._upstream.read_changes(position, limit=self._page_limit, as_rows=as_rows)

    def _is_load(self, page: Page) -> bool:
        """Whether what comes after `page` is still part of loading everything."""
        return page.since == 0 or self._replica.is_loading

    def _check_witness(self, page: Page) -> None:
        seen, here = self._replica.witness, self._replica.position
        if seen is None or here is None or page.epoch != here.epoch:
            return
        if page.head.seq < seen.seq or (page.head.seq == seen.seq and page.head.hash != seen.hash):
            self._tell(Rewritten(seen, page.head))

    def _failed(self, error: CallManagerError) -> None:
        """Back off: the wait doubles up to a bound, and each takes a random part of it."""
        self._failures += 1
        most = min(MOST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(self._failures - 1, 10))
        wait = self._spread(most / 2, most) + _asked_to_wait(error)
        if self._link is not None:
            self._schedule("pull", wait)
            return
        self._due.pop("pull", None)
        self._due["connect"] = self._monotonic() + wait
        self._set_status(Status.OFFLINE, error)

    def _reconnect(self) -> None:
        self._drop()
        self._due["connect"] = self._monotonic() + self._spread(0.0, 2 * FIRST_RETRY_SECONDS)
        self._set_status(Status.OFFLINE)

    def _sign_out(self, error: CallManagerError | None) -> None:
        """Nothing more is tried until a new Sync is made with a new credential."""
        self._drop()
        self._due.clear()
        self._set_status(Status.SIGNED_OUT, error)

    def _drop(self) -> None:
        link, self._link = self._link, None
        self._link_number += 1
        self._due.pop("silence", None)
        self._due.pop("behind", None)
        if link is not None:
            link.close()

    def _notice_sleep(self, since: datetime) -> None:
        slept = abs((self._clock.now() - since).total_seconds()) > SLEPT_SECONDS
        if slept and self._status is not Status.SIGNED_OUT:
            self._reconnect()

    def _schedule(self, name: str, wait: float) -> None:
        """An earlier time that is set already stays."""
        if self._status is Status.SIGNED_OUT:
            return
        at = self._monotonic() + wait
        self._due[name] = min(at, self._due.get(name, at))

    def _note_current(self) -> None:
        self._replica.note_current(to_wire(self._clock.now()))

    def _set_status(self, status: Status, error: CallManagerError | None = None) -> None:
        if status is not self._status or error is not None:
            self._status = status
            self._tell(StatusChanged(status, error))


def _asked_to_wait(error: CallManagerError) -> float:
    """The seconds that the server named itself."""
    return error.retry_after_seconds if isinstance(error, TooMany) else 0.0
