"""A sync with a replica on disk, a server in memory and clocks that a test turns."""

from pathlib import Path
from typing import Any

from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync_events import SyncEvent
from callmanager.domain.errors import Unavailable
from tests.desktop.fake_server import FakeClock, FakeLink, FakeServer, canonical

DOWN = Unavailable("server_unreachable", "down")


class Desk:
    """A sync with its replica, a server and clocks."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self.clock, self.server = FakeClock(), FakeServer()
        self.replica = Replica(folder / "replica.db")
        self.told: list[SyncEvent] = []
        self.spreads: list[tuple[float, float]] = []
        self.sync = Sync(
            self.server,
            self.replica,
            self.clock,
            self.told.append,
            monotonic=self.clock.monotonic,
            spread=self._spread,
            **how,
        )

    def _spread(self, low: float, high: float) -> float:
        self.spreads.append((low, high))
        return high

    @property
    def link(self) -> FakeLink:
        return self.server.links[-1]

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.sync.step()

    def drain(self) -> None:
        for _ in range(50):
            self.sync.step()

    def hear(self, event: str, payload: Any = None) -> None:
        self.link.deliver(event, payload)
        self.sync.step()

    def told_of(self, kind: type) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    def is_equal(self) -> bool:
        return canonical(self.replica.list_records("contact")) == self.server.canonical()
