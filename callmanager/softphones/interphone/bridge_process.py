"""One bridge process from the side of the window: starts it, asks it, hears it, ends it. It restarts nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from callmanager.softphones.refusals import phone_bridge

MOST_LINE_BYTES = 1_048_576
MOST_GARBAGE = 100
_END_SECONDS = 1.0
_NO_WINDOW = 0x0800_0000  # CREATE_NO_WINDOW: no console flashes up on Windows

Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a request. Without an `answer`, `pressing` says whether it got as far as the button."""

    answer: Mapping[str, Any] | None
    pressing: bool = False


class BridgeProcess:
    """A running bridge. `on_event` and `on_end` are called on its reader's thread."""

    def __init__(
        self, command: Sequence[str], on_event: Callable[[Wire], None], on_end: Callable[[BridgeProcess], None]
    ) -> None:
        """Raises Unavailable (phone_bridge) when it cannot be started."""
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program, no shell, no text of others
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
            )
        except OSError:
            raise phone_bridge() from None
        self._on_event = on_event
        self._on_end = on_end
        self._writing = Lock()
        self._replies: SimpleQueue[Wire | None] = SimpleQueue()
        self._asked = 0
        self._known = Event()
        self._ended = False
        self.failure: Mapping[str, Any] | None = None
        self._reader = Thread(target=self._read, name="interphone-bridge", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_up(self) -> bool:
        return not self._ended and self._process.poll() is None

    def wait_ready(self, seconds: float) -> bool:
        """Whether it has said that it can be asked; returns at once when it has ended."""
        return self._known.wait(max(0.0, seconds)) and not self._ended and self.failure is None

    def ask(self, request: Mapping[str, Any], seconds: float) -> Reply:
        """Ask and wait. One caller at a time. Without an answer in time the process is ended, and only then judged."""
        self._asked += 1
        if self.tell({"id": self._asked, **request}):
            reply = self._wait_for(seconds)
            if reply.answer is not None:
                return reply
            self.end()
            rest = self._wait_for(0)
            return Reply(rest.answer, reply.pressing or rest.pressing)
        self.end()
        return Reply(None)

    def tell(self, request: Mapping[str, Any]) -> bool:
        """Send without waiting; whether it could be sent."""
        line = json.dumps(request).encode() + b"\n"
        with self._writing, suppress(OSError, ValueError):
            assert self._process.stdin
            self._process.stdin.write(line)
            self._process.stdin.flush()
            return True
        return False

    def _wait_for(self, seconds: float) -> Reply:
        pressing = False
        until = time.monotonic() + seconds
        try:
            while heard := self._replies.get(timeout=max(0.0, until - time.monotonic())):
                if heard.get("id") != self._asked:
                    continue
                if "step" not in heard:
                    return Reply(heard, pressing)
                pressing = True
        except Empty:
            pass
        return Reply(None, pressing)

    def end(self) -> None:
        """End the process and wait until it is gone, so that it does nothing more. Not on its reader's thread.

        Closing stdin ends also the process that a program in one file has started to be the bridge.
        """
        self._kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._reader.join(_END_SECONDS)

    def _kill(self) -> None:
        with self._writing, suppress(OSError, ValueError):
            assert self._process.stdin
            self._process.stdin.close()
        with suppress(OSError):
            self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout
        garbage = 0
        with self._process.stdout as lines, suppress(OSError, ValueError):
            while line := lines.readline(MOST_LINE_BYTES):
                wire = _parsed(line)
                garbage += wire is None
                if garbage > MOST_GARBAGE:
                    break
                if wire is not None:
                    self._hear(wire)
        self._ended = True
        self._known.set()
        self._replies.put(None)
        self._kill()
        self._process.wait()
        self._on_end(self)

    def _hear(self, wire: Wire) -> None:
        event = wire.get("event")
        if event is None:
            self._replies.put(wire)
        elif event in {"ready", "failed"}:
            self.failure = wire.get("error") if event == "failed" else None
            self._known.set()
        else:
            self._on_event(wire)


def _parsed(line: bytes) -> Wire | None:
    try:
        wire = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return wire if isinstance(wire, dict) else None
