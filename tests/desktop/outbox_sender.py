"""Queues and sends work, and is killed between two steps of it. Made for test_outbox_crash.py.

`python -m tests.desktop.outbox_sender URL KEY` reads lines of JSON `{folder, items, die_at, keyless}` and for each
forks a child: it puts `items` into the outbox of `folder`, notes each that the outbox took, sends all, and kills itself
with SIGKILL at step `die_at` (0: never). A step is the entry or the end of a call to the store or to the server. It
prints the child's exit code, and its steps when it was not killed. `keyless` leaves out what makes two requests one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from callmanager.desktop.outbox import Outbox
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.store import UnsentWork
from callmanager.domain.clock import SystemClock

STEPS = ("put", "find_next", "note_sending", "ask", "note_done", "note_refused")


class Mortal:
    """Counts steps, and dies at one."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Keyless:
    """The control: a client that sends no Idempotency-Key."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    def ask(self, *args: Any, **how: Any) -> Any:
        return self._remote.ask(*args, **{**how, "key": None})


def made_mortal(kind: type, mortal: Mortal) -> type:
    """A subclass whose steps can be the last."""

    def wrapped(name: str) -> Any:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            mortal.step()
            answer = getattr(super(made, self), name)(*args, **kwargs)
            mortal.step()
            return answer

        return call

    made = type(f"Mortal{kind.__name__}", (kind,), {name: wrapped(name) for name in STEPS if hasattr(kind, name)})
    return made


def work(url: str, key: str, task: dict[str, Any]) -> int:
    folder, mortal = Path(task["folder"]), Mortal(task["die_at"])
    store = made_mortal(UnsentWork, mortal)(folder / "work.db")
    remote = made_mortal(Remote, mortal)(url, api_key=key)
    if task["keyless"]:
        remote = Keyless(remote)
    outbox = Outbox(remote, store, SystemClock(), new_key=new_key, tell=lambda _event: None)
    note = os.open(folder / "taken", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for item in task["items"]:
        outbox.put(item["method"], item["path"], item["body"], version=item["version"], about=item["about"])
        os.write(note, f"{item['about']}\n".encode())
    assert outbox.send_all() is None
    return mortal.steps


def child(url: str, key: str, task: dict[str, Any]) -> None:
    """Never returns. Any end but the kill must be seen."""
    try:
        print(work(url, key, task), flush=True)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def main() -> None:
    url, key = sys.argv[1:3]
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            child(url, key, json.loads(line))
        _, status = os.waitpid(number, 0)
        print(f"exit {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
