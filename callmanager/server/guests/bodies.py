"""Where the body of a request lies while it comes and is worked on: in memory while it is small, else in a file.

Both are bounded in sum. A body that finds no room waits its turn, unread, so that its sender waits too.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, cast

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.guests.shares import MEGABYTE, GuestCounts, Shares

IN_MEMORY = 65_536
MEMORY_BYTES = 16 * MEGABYTE
TURN_SECONDS = 60.0


class Body:
    """One body. `file` stands at its start once it has come. A file on disk has no name and ends with the process."""

    def __init__(self, room: BodyRoom, file: BinaryIO, reserved: int, *, on_disk: bool) -> None:
        self._room = room
        self._reserved = reserved
        self._loop = asyncio.get_running_loop()
        self.file = file
        self.on_disk = on_disk
        self.size = 0
        self.kept = False
        self._closed = False

    def write(self, piece: bytes) -> None:
        """Append; on a thread when `on_disk`. Raises Unavailable: disk_full."""
        try:
            self.file.write(piece)
            self.file.flush()
        except OSError as error:
            raise _no_disk() from error
        self.size += len(piece)

    def keep(self) -> None:
        """Whoever goes on reading after the answer says so, and closes it."""
        self.kept = True

    def close(self) -> None:
        """Give back what it held; once. From any thread."""
        closed, self._closed = self._closed, True
        if not closed:
            self.file.close()
            with suppress(RuntimeError):  # the loop has ended, and nobody waits for room any more
                self._loop.call_soon_threadsafe(self._room.give_back, self._reserved, self.on_disk)


def _no_disk() -> Unavailable:
    return Unavailable(
        "disk_full", N_("The server's disk has no room for this file. Free some space; reading still works.")
    )


class BodyRoom:
    """The bytes of all bodies together. Used from the event loop only."""

    def __init__(self, shares: Shares, counts: GuestCounts) -> None:
        self._most = shares.body_bytes
        self._folder = shares.folder
        self._counts = counts
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def open(self, size: int) -> Body:
        """A place for a body of at most `size` bytes, when there is one. Raises Unavailable: bodies_full, disk_full."""
        wanted = min(size, self._most)
        if size <= IN_MEMORY and self._counts.body_memory + size <= MEMORY_BYTES:
            self._hold(wanted, on_disk=False)
            return Body(self, BytesIO(), wanted, on_disk=False)
        await self._wait_for_room(wanted)
        try:
            unnamed = tempfile.TemporaryFile(dir=self._folder, prefix="callmanager_body_")  # noqa: SIM115  # Body closes
        except OSError as error:
            self.give_back(wanted, on_disk=True)
            raise _no_disk() from error
        return Body(self, cast("BinaryIO", unnamed), wanted, on_disk=True)

    def give_back(self, size: int, on_disk: bool) -> None:  # told through call_soon_threadsafe
        """Whoever waits longest, and fits, comes next."""
        self._counts.bodies -= 1
        if on_disk:
            self._counts.body_bytes -= size
        else:
            self._counts.body_memory -= size
        self._begin_next()

    def _begin_next(self) -> None:
        while self._waiting and self._counts.body_bytes + self._waiting[0][0] <= self._most:
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self._hold(wanted, on_disk=True)
                turn.set_result(None)

    def _hold(self, size: int, *, on_disk: bool) -> None:
        self._counts.bodies += 1
        if on_disk:
            self._counts.body_bytes += size
        else:
            self._counts.body_memory += size

    async def _wait_for_room(self, wanted: int) -> None:
        if not self._waiting and self._counts.body_bytes + wanted <= self._most:
            self._hold(wanted, on_disk=True)
            return
        turn = asyncio.get_running_loop().create_future()
        place = (wanted, turn)
        self._waiting.append(place)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turn
        except TimeoutError:
            self._leave(place)
            self._counts.bodies_refused += 1
            raise Unavailable(
                "bodies_full", N_("The server is taking as many files as it can. Try again in a moment.")
            ) from None
        except asyncio.CancelledError:
            self._leave(place)
            raise

    def _leave(self, place: tuple[int, asyncio.Future[None]]) -> None:
        """Give up waiting; its turn may have come just then."""
        if place in self._waiting:
            self._waiting.remove(place)
            self._begin_next()
        elif not place[1].cancelled():
            self.give_back(place[0], on_disk=True)
