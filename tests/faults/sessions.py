"""Many clients in one program, each as it runs beside a window: network, replica file and the sync in its thread.

    python -m tests.faults.sessions

The first line of its input is a task in JSON: `url`; `timeouts`, the seconds after which an answer or a connection
counts as lost (null: the product's own); `quickness`, by which random waits are shortened; and `sessions`, each with
`key`, `user_id`, `path` and `careless`. Then it obeys: `positions` and `digests` print what each replica holds,
`stop` ends all and prints what they did. A careless session is the control: it does not care for gaps.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from callmanager.desktop.remote import Remote, sockets
from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync_events import Applied, StatusChanged, SyncEvent
from callmanager.desktop.wire import LiveChanges
from callmanager.domain.clock import SystemClock
from tests.faults.equality import digests_of_replica

JOIN_SECONDS = 120.0
OPENING_SECONDS = 5.0
NICENESS = 5
SWITCH_SECONDS = 0.05
"""Hundreds of threads that wait for the interpreter wake up so often to ask for it, which cost half the processor."""


class Careless(Sync):
    """The control: it takes every newer message for the next one, whether something is missing before it or not."""

    def _on_changes(self, payload: Any) -> None:
        message = LiveChanges.from_wire(payload)
        here = self._replica.position
        if here is None or message.is_behind or message.epoch != here.epoch or message.seq <= here.seq:
            super()._on_changes(payload)
        else:
            self._replica.apply_live(replace(message, prev=here.seq))


class Session:
    """One client."""

    def __init__(self, url: str, task: dict[str, Any], quickness: float, timeouts: float | None) -> None:
        self.done: Counter[str] = Counter()
        self.remote = Remote(url, api_key=task["key"], answer_seconds=timeouts)
        self.replica = Replica(Path(task["path"]))
        self.loaded, self._stop = threading.Event(), threading.Event()
        dice = random.Random()
        self.sync = (Careless if task["careless"] else Sync)(
            self.remote,
            self.replica,
            SystemClock(),
            self._hear,
            spread=lambda low, high: dice.uniform(low, high) / quickness,
            user_id=task["user_id"],
        )
        self.thread = threading.Thread(target=self.sync.run, args=(self._stop,), daemon=True)
        self.thread.start()

    def position(self) -> list[Any] | None:
        """Up to where it is complete."""
        here = self.replica.position
        return None if here is None or self.replica.is_loading else [here.epoch, here.seq, here.sight]

    def ask_to_stop(self) -> None:
        self._stop.set()
        self.sync.wake()

    def close(self) -> None:
        """Give everything back. A thread that has died of an error shows in `died`."""
        self.done["died"] += not self.thread.is_alive() and not self._stop.is_set()
        self.ask_to_stop()
        self.thread.join(JOIN_SECONDS)
        self.remote.close()

    def _hear(self, event: SyncEvent) -> None:
        if isinstance(event, Applied):
            self.loaded.set()
            by = "live messages" if event.changes is not None else "snapshots" if event.is_snapshot else "pulls"
            self.done[by] += 1
            self.done["tombstones"] += sum(map(len, event.deleted.values()))
        elif isinstance(event, StatusChanged):
            self.done[str(event.status)] += 1


def shorten(seconds: float | None) -> None:
    """Make the timeouts of sockets as short as a small test needs them."""
    if seconds is not None:
        sockets.ANSWER_SECONDS = sockets.CONNECT_SECONDS = seconds


def give_way() -> None:
    """Let the server go first: clients have processors of their own, and here they share one machine with it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if sys.platform != "win32":
        os.nice(NICENESS)


def answer(command: str, sessions: list[Session]) -> Any:
    if command == "positions":
        return [session.position() for session in sessions]
    if command == "digests":
        return [digests_of_replica(session.replica) for session in sessions]
    died = sum(not session.thread.is_alive() for session in sessions)
    for session in sessions:
        session.ask_to_stop()
    for session in sessions:
        session.close()
    return {**sum((session.done for session in sessions), Counter()), "died": died}


def main() -> None:
    task = json.loads(sys.stdin.readline())
    give_way()
    shorten(task["timeouts"])
    sessions = []
    for one in task["sessions"]:
        sessions.append(Session(task["url"], one, task["quickness"], task["timeouts"]))
        sessions[-1].loaded.wait(OPENING_SECONDS)  # how an office opens at once is shown elsewhere
    for line in sys.stdin:
        print(json.dumps(answer(line.strip(), sessions)), flush=True)


if __name__ == "__main__":
    main()
