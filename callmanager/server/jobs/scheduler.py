"""Runs each periodic job on a thread of its own. A job that fails is logged whole and runs again at its next time.

This is one of the edges that may catch everything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from callmanager.domain.errors import Unavailable
from callmanager.server.logs import get_log, log_context

_log = get_log("job")


@dataclass(frozen=True, slots=True)
class Job:
    """`work` every so many seconds, counted from the end of the last run. Where nothing else is said, so long passes
    before the first run and after a failure too."""

    name: str
    work: Callable[[], object]
    every_seconds: float
    first_after_seconds: float | None = None
    retry_seconds: float | None = None

    @property
    def first_after(self) -> float:
        return self.every_seconds if self.first_after_seconds is None else self.first_after_seconds

    @property
    def retry_after(self) -> float:
        return self.every_seconds if self.retry_seconds is None else self.retry_seconds


class Timetable:
    """When one job is due. It runs nothing twice to catch up: what a sleeping PC has missed is done once."""

    def __init__(self, job: Job, monotonic: Callable[[], float]) -> None:
        self.job = job
        self.failures = 0
        self._monotonic = monotonic
        self._due_at = monotonic() + job.first_after

    def seconds_left(self) -> float:
        """Until the next run; 0 when it is due."""
        return max(0.0, self._due_at - self._monotonic())

    def run_if_due(self) -> bool:
        """Run the job when its time has come. Says whether it ran, well or not."""
        if self.seconds_left() > 0:
            return False
        pause = self.job.every_seconds if self._run() else self.job.retry_after
        self._due_at = self._monotonic() + pause
        return True

    def _run(self) -> bool:
        with log_context(job=self.job.name):
            try:
                self.job.work()
            except Unavailable as error:  # whoever found that out has said it at length
                self.failures += 1
                _log.warning("put_off", code=error.code, again_in_seconds=self.job.retry_after)
                return False
            except Exception:  # noqa: BLE001  # the edge of jobs
                self.failures += 1
                _log.exception("failed", again_in_seconds=self.job.retry_after)
                return False
        return True


class Scheduler:
    """The threads of a server's jobs, from `start` to `stop`."""

    def __init__(self, jobs: Iterable[Job], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._timetables = [Timetable(job, monotonic) for job in jobs]
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def names(self) -> list[str]:
        return [timetable.job.name for timetable in self._timetables]

    def start(self) -> None:
        """One daemon thread per job: a long backup holds up no other job, and no job holds up the end."""
        for timetable in self._timetables:
            name = f"job-{timetable.job.name}"
            thread = threading.Thread(target=self._follow, args=(timetable,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, *, timeout_seconds: float) -> bool:
        """Start nothing more and wait for what is running. False when something still ran after the timeout."""
        self._stopping.set()
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        running = [thread.name for thread in self._threads if thread.is_alive()]
        if running:
            _log.warning("still_running", threads=", ".join(running))
        return not running

    def _follow(self, timetable: Timetable) -> None:
        while not self._stopping.wait(timetable.seconds_left()):
            timetable.run_if_due()
