"""Sends everybody what the log holds, after commits and in its order. Whoever misses a message reads the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

import orjson

from callmanager.domain.errors import CallManagerError
from callmanager.server.announcements import LiveCounts
from callmanager.server.changes.broadcast import Audience, News, read_news
from callmanager.server.changes.log import read_head
from callmanager.server.changes.write import Committed
from callmanager.server.logs import get_log
from callmanager.server.realtime.packets import value_frame
from callmanager.server.realtime.rooms import Rooms
from callmanager.server.realtime.tasks import RETRY_SECONDS, Bell
from callmanager.server.storage.engine import Storage

_log = get_log("live")


class Broadcaster:
    """`seq` is how far everybody has been told. Coalesces: what is committed while it sends goes into one message."""

    def __init__(self, storage: Storage, rooms: Rooms, threads: Executor, counts: LiveCounts) -> None:
        with storage.read() as connection:
            head = read_head(connection)
        self.epoch = head.epoch
        self.seq = head.seq
        self._storage = storage
        self._rooms = rooms
        self._threads = threads
        self._counts = counts
        self._bell = Bell()
        self._rung_at: float | None = None
        self._committed = head.seq

    def hang(self) -> None:
        """Belong to the running loop. What was committed before is told with the first wake-up."""
        self._bell.hang()
        self._bell.ring()

    def wake(self, committed: Committed) -> None:
        """Listen to commits, in whatever thread."""
        # Commits are announced in any order and two threads may be here at once. A number that stays too low does no
        # harm: it is one that was committed, and so were all before it.
        self._committed = max(self._committed, committed.seq_to)
        if self._rung_at is None:
            self._rung_at = time.monotonic()
        self._bell.ring()

    @property
    def committed(self) -> int:
        """The highest seq whose commit was heard of; only ever grows."""
        return self._committed

    async def tell_next(self, on_news: Callable[[News], Awaitable[None]]) -> None:
        """Wait for commits and tell them. `on_news` comes before anybody is told: whose rights ended hears no more."""
        await self._bell.wait()
        rung_at, self._rung_at = self._rung_at, None
        audiences = self._rooms.audiences()
        if not audiences:  # whoever comes begins at `seq`, and nobody can come in between
            self.seq = max(self.seq, self._committed)
            return
        try:
            news = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, audiences)
            await on_news(news)
        except CallManagerError as error:  # busy or out of order: the log keeps it
            _log.warning("broadcast_waits", code=error.code, seq=self.seq)
            await asyncio.sleep(RETRY_SECONDS)
            self._bell.ring()
            return
        self._tell(news)
        if rung_at is not None:
            self._counts.lag_seconds = time.monotonic() - rung_at

    def _read(self, audiences: list[Audience]) -> News:
        with self._storage.read() as connection:
            return read_news(connection, audiences, since=self.seq)

    def _tell(self, news: News) -> None:
        if news.seq == self.seq:
            return
        self.seq = news.seq
        for audience, payload in news.payloads.items():
            self._rooms.tell_changes(audience, news.seq, payload)
        unread = orjson.dumps({"epoch": news.epoch, "prev": news.prev, "seq": news.seq, "behind": True})
        for audience in self._rooms.audiences():  # somebody came while the log was read, the first of his kind
            if audience not in news.payloads:
                self._rooms.tell_changes(audience, news.seq, unread)

    def tell_position(self) -> None:
        """The heartbeat: whoever is elsewhere knows that he missed something."""
        frame = value_frame("heartbeat", {"epoch": self.epoch, "seq": self.seq})
        for audience in self._rooms.feed_rooms():
            self._rooms.tell_room(audience, frame)
