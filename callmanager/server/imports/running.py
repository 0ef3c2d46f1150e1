"""Knows which imports this server is working on just now, how far they are, and who wants them to stop.

Whoever asked for the work is told how far it is, at most PER_SECOND times a second, and once how it ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.errors import CallManagerError, Conflict
from callmanager.domain.texts import N_
from callmanager.server.logs import get_log

_log = get_log("import")
BACKGROUND_THREADS = 2
PER_SECOND = 4
EVENT = "import_progress"

TellUser = Callable[[int, str, Mapping[str, Any]], None]
"""Tells one user's windows an event with its payload."""


@dataclass(slots=True)
class Run:
    """Work on one import for a user. `doing` is "import" or "undo"; `done` and `total` count rows, or changes of an
    undo; `state` is "running" until the work is "done", "undone", "cancelled" or "failed"."""

    import_id: int
    doing: str
    user_id: int
    total: int = 0
    done: int = 0
    state: str = "running"
    stop: threading.Event = field(default_factory=threading.Event)
    _tell: Callable[[Run], None] = field(default=lambda _run: None, repr=False)
    _told_at: float = 0.0

    def progress(self, done: int, total: int) -> None:
        """To be told of progress."""
        self.done, self.total = done, total
        now = time.monotonic()
        if now - self._told_at >= 1 / PER_SECOND:
            self._told_at = now
            self._tell(self)

    def finish(self, state: str) -> None:
        """To be told how it ended, once that is saved."""
        self.state = state
        self._tell(self)

    def to_wire(self) -> dict[str, Any]:
        progress = [self.done, self.total]
        return {"import_id": self.import_id, "doing": self.doing, "state": self.state, "progress": progress}


class RunningImports:
    """The imports at work in this process. Safe under threads."""

    def __init__(self, tell_user: TellUser) -> None:
        self._tell_user = tell_user
        self._runs: dict[int, Run] = {}
        self._lock = threading.Lock()
        self._waiting: list[Future[None]] = []
        self._threads = ThreadPoolExecutor(BACKGROUND_THREADS, thread_name_prefix="import")

    def find(self, import_id: int) -> Run | None:
        """The work on an import; None when nothing is being done."""
        with self._lock:
            return self._runs.get(import_id)

    def begin(self, import_id: int, doing: str, *, user_id: int, total: int = 0) -> Run:
        """Claim an import. Raises Conflict when something is being done with it."""
        with self._lock:
            if import_id in self._runs:
                raise running(import_id)
            run = self._runs[import_id] = Run(import_id, doing, user_id, total, _tell=self._tell)
            return run

    def end(self, run: Run) -> None:
        """Let go of an import."""
        with self._lock:
            self._runs.pop(run.import_id, None)

    @contextmanager
    def working(self, import_id: int, doing: str, *, user_id: int) -> Iterator[Run]:
        """Claim an import for the block. Raises Conflict."""
        run = self.begin(import_id, doing, user_id=user_id)
        try:
            yield run
        except BaseException:
            if run.done:  # who was told nothing need not be told of its end
                run.finish("failed")
            raise
        finally:
            self.end(run)

    def _tell(self, run: Run) -> None:
        self._tell_user(run.user_id, EVENT, run.to_wire())

    def in_background(self, work: Callable[[], object]) -> None:
        """Do `work` in a thread. What goes wrong with it is logged; its record says that it failed."""
        with self._lock:
            self._waiting = [future for future in self._waiting if not future.done()]
            self._waiting.append(self._threads.submit(_logged, work))

    def wait(self) -> None:
        """Wait until everything in the background is done."""
        with self._lock:
            waiting = list(self._waiting)
        wait(waiting)

    def close(self) -> None:
        """Stop every import after its present batch and wait for it. For the stop of the server."""
        with self._lock:
            for run in self._runs.values():
                run.stop.set()
        self._threads.shutdown(wait=True)


def running(import_id: int | None) -> Conflict:
    """The refusal to touch an import that is being worked on."""
    return Conflict(
        "import_running",
        N_("This import is still running. Wait until it is done, or cancel it."),
        fields={"import_id": import_id},
    )


def _logged(work: Callable[[], object]) -> None:
    try:
        work()
    except CallManagerError as error:
        _log.warning("failed", code=error.code)
    except BaseException:
        _log.exception("failed")
        raise
