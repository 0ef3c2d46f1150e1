"""The bridge's own work: one request per line in, one answer per line out, and between them what a watch sees.

Requests: {"id", "ask": open | probe | dial | hang_up | watch | rest | inspect | try, ...}. Answers: {"id", "ok"} or
{"id", "error"}; on the way of a dial {"id", "step": "pressing"}; events {"event": ready | sight}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any, BinaryIO, NoReturn, Protocol

from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.dialling import Time, WindowDialler
from callmanager.softphones.interphone.inspecting import inspect
from callmanager.softphones.interphone.profile import default_profile, profile_from_wire
from callmanager.softphones.interphone.watching import Watch
from callmanager.softphones.interphone.windows import Windows

MOST_LINE_BYTES = 65_536
_WATCH_SECONDS = 0.15
_MOST_WAITING = 32


class Output(Protocol):
    """Where answers go."""

    def write(self, line: bytes, /) -> object: ...

    def flush(self) -> object: ...


def read_requests(source: BinaryIO, requests: Queue[dict[str, Any]]) -> str:
    """Put every line of `source` into `requests`; returns why there is no more: "end", or "garbage"."""
    while line := source.readline(MOST_LINE_BYTES + 1):
        try:
            request = json.loads(line) if len(line) <= MOST_LINE_BYTES else None
        except (ValueError, RecursionError):
            return "garbage"
        if not isinstance(request, dict):
            return "garbage"
        requests.put(request)
    return "end"


def waiting_requests() -> Queue[dict[str, Any]]:
    """The queue between the thread that reads and the one that works."""
    return Queue(_MOST_WAITING)


class BridgeServer:
    """Answers requests about one phone, on one thread."""

    def __init__(self, windows: Windows, output: Output, time: Time) -> None:
        self._windows = windows
        self._output = output
        self._time = time
        self._profile = default_profile()
        self._dialler = WindowDialler(windows, self._profile, time)
        self._watch: Watch | None = None
        self._asks: dict[str, Callable[[dict[str, Any]], Any]] = {
            "open": self._open,
            "probe": self._probe,
            "dial": self._dial,
            "hang_up": lambda _request: {"confirmed": self._dialler.hang_up()},
            "watch": self._start_watch,
            "rest": self._rest,
            "inspect": lambda _request: inspect(self._windows, self._profile),
            "try": lambda request: self._dialler.try_field(str(request.get("number", ""))),
        }

    def serve(self, requests: Queue[dict[str, Any]]) -> NoReturn:
        """Answer for ever; whoever reads the requests ends the process."""
        self._say({"event": "ready", "adapter": self._windows.name})
        while True:
            try:
                request = requests.get(timeout=_WATCH_SECONDS if self._watch else None)
            except Empty:
                self._look()
            else:
                self._answer(request)

    def _answer(self, request: dict[str, Any]) -> None:
        number = request.get("id")
        ask = self._asks.get(str(request.get("ask")))
        try:
            if ask is None:
                raise Invalid("bridge_request", N_("The phone was asked for something that it does not know."))
            done = ask(request)
            if number is not None:
                self._say({"id": number, "ok": done})
        except CallManagerError as error:
            self._say({"id": number, "error": error_to_wire(error)})

    def _open(self, request: dict[str, Any]) -> None:
        self._profile = profile_from_wire(request.get("profile"))
        self._dialler = WindowDialler(self._windows, self._profile, self._time)

    def _probe(self, _request: dict[str, Any]) -> None:
        self._dialler.check()

    def _dial(self, request: dict[str, Any]) -> dict[str, Any]:
        def pressing() -> None:
            self._say({"id": request.get("id"), "step": "pressing"})
            self._start_watch(request)

        self._watch = None
        return {"confirmed": self._dialler.dial(str(request.get("number", "")), pressing)}

    def _start_watch(self, request: dict[str, Any]) -> None:
        self._watch = Watch(self._dialler, str(request.get("call", "")), None)

    def _rest(self, request: dict[str, Any]) -> None:
        if self._watch and self._watch.call == request.get("call"):
            self._watch = None

    def _look(self) -> None:
        assert self._watch is not None
        if seen := self._watch.look():
            self._say(seen)
        if self._watch.over:
            self._watch = None

    def _say(self, wire: dict[str, Any]) -> None:
        self._output.write(json.dumps(wire).encode() + b"\n")
        self._output.flush()


def error_to_wire(error: CallManagerError) -> dict[str, Any]:
    """An error as it crosses to the driver, whose language the sentence is not yet in."""
    return {
        "kind": type(error).__name__,
        "code": error.code,
        "message": error.message,
        "params": error.params,
        "fields": error.fields,
    }
