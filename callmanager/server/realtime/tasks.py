"""The tasks of the event loop: woken from any thread, and never ended by an error. One of the edges that catch all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from callmanager.server.logs import get_log

RETRY_SECONDS = 1.0

_log = get_log("live")


class Bell:
    """Wakes one task. However often it is rung before the task looks, it costs the loop one wake-up."""

    def __init__(self) -> None:
        self._rung = False
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def hang(self) -> None:
        """Belong to the running loop; rings before that are forgotten."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """From any thread."""
        if self._rung or self._loop is None or self._loop.is_closed():
            return
        self._rung = True
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:  # the loop was closed just now
            self._rung = False

    async def wait(self) -> None:
        """Return after a ring. What happened before a ring that is not waited for again can be seen afterwards."""
        await self._event.wait()
        self._event.clear()
        self._rung = False


async def repeat_for_ever(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again, until cancelled; what goes wrong is logged and tried again a second later."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  # the edge of the loop's own tasks
            _log.exception("task_failed", task=name)
            await asyncio.sleep(RETRY_SECONDS)
