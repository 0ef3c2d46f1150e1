"""The bridge's own work: one request per line in, one answer per line out, and between them what a watch sees.

Requests: {"id", "ask": open | probe | dial | hang_up | watch | rest | inspect | try, ...}. Answers: {"id", "ok"} or
{"id", "error"}; on the way of a dial {"id", "step": "pressing"}; events {"event": ready | sight}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import PureWindowsPath
from queue import Empty, Queue
from typing import Any, BinaryIO, NoReturn, Protocol

from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.dialling import Sight, Time, WindowDialler
from callmanager.softphones.interphone.profile import Profile, default_profile, profile_from_wire
from callmanager.softphones.interphone.windows import Control, ControlKind, Window, Windows

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


MOST_BLINKS = 2
"""So many looks in a row must show that a call is over, or that the window is gone, before it is believed."""


class Watch:
    """One call's window. `call` is the driver's name for the call and comes back with every sight."""

    def __init__(self, dialler: WindowDialler, call: str, window: Window | None) -> None:
        self._dialler = dialler
        self.call = call
        self._window = window
        self._told: Sight | None = None
        self._gone = 0
        self._down = 0
        self.over = False

    def look(self) -> dict[str, Any] | None:
        """Look once. Returns what is new, as it goes over the wire, or None."""
        try:
            window = self._window = self._window or self._dialler.find_window()
            sight = self._dialler.sight(window)
        except CallManagerError as error:
            return self._on_nothing_seen(error.code)
        self._gone = 0
        return self._on_sight(sight)

    def _on_nothing_seen(self, code: str) -> dict[str, Any] | None:
        """A window that hangs, or a locked desktop, says nothing of the call; one that is away for good does."""
        if code in {"window_gone", "window_none"}:
            self._window = None
            self._gone += 1
        if self._gone <= MOST_BLINKS:
            return None
        self.over = True
        return {"event": "sight", "call": self.call, "window": "gone"}

    def _on_sight(self, sight: Sight) -> dict[str, Any] | None:
        self._down = self._down + 1 if sight.up is False else 0
        was_up = self._told is not None and self._told.up
        if sight == self._told or (was_up and 0 < self._down < MOST_BLINKS):
            return None
        self._told = sight
        self.over = bool(was_up and sight.up is False)
        return {**asdict(sight), "event": "sight", "call": self.call, "window": "here"}


MOST_WINDOWS = 10
MOST_CONTROLS = 200
_MOST_TEXT = 80
_DIGITS_OF_A_NUMBER = 4
"""A button with fewer is a key or says "line 2"; with more it may dial somebody."""

_SPOKEN = {ControlKind.BUTTON, ControlKind.TEXT}
"""Kinds whose words the report needs; those of fields and lists may be names of people."""


def inspect(windows: Windows, profile: Profile) -> dict[str, Any]:
    """Everything that belongs to the phone's program or bears its title. Other programs are only counted."""
    found = windows.list_windows()
    executables = {executable.casefold() for executable in profile.executables}
    ours = [
        window
        for window in found
        if PureWindowsPath(window.executable).name.casefold() in executables or re.search(profile.title, window.title)
    ]
    return {
        "adapter": windows.name,
        "locked": windows.is_locked(),
        "other_windows": len(found) - len(ours),
        "windows": [_inspect(windows, window) for window in ours[:MOST_WINDOWS]],
    }


def _inspect(windows: Windows, window: Window) -> dict[str, Any]:
    wire = {
        "title": without_digits(window.title),
        "minimised": window.minimised,
        "program": asdict(windows.describe(window)),
        "controls": [],
        "fault": "",
    }
    try:
        controls = windows.look(window).controls
    except CallManagerError as error:
        return {**wire, "fault": error.code}
    return {**wire, "controls": [_control(control) for control in controls[:MOST_CONTROLS]]}


def _control(control: Control) -> dict[str, Any]:
    text = control.text[:_MOST_TEXT]
    if control.kind is not ControlKind.BUTTON or len(re.findall(r"\d", text)) >= _DIGITS_OF_A_NUMBER:
        text = without_digits(text)
    return {
        "kind": control.kind.value,
        "class": control.class_name,
        "auto_id": control.auto_id,
        "text": text if control.kind in _SPOKEN else re.sub(r"[^\W\d_]", "x", text),
        "enabled": control.enabled,
        "visible": control.visible,
        "depth": control.depth,
    }


def without_digits(text: str) -> str:
    """Every digit as #: a length can be told from it, no number."""
    return re.sub(r"\d", "#", text)
