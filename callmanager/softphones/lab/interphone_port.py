"""The windows of the laboratory's InterPhones, as the bridge sees those of Windows: one more adapter of its port.

For training, the demo and tests. `folder` is where the programs leave their doors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from callmanager.softphones.interphone.windows import (
    Control,
    ControlKind,
    Program,
    View,
    Window,
    control_gone,
    window_gone,
    window_hung,
)
from callmanager.softphones.lab.interphone_door import ask_door

EXECUTABLE = "InterPhone.exe"
_SECONDS = 2.0
_VERSION = "lab"


class LabWindows:
    """Implements `Windows` on the doors in `folder`."""

    name = "lab"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_locked(self) -> bool:
        return False

    def list_windows(self) -> Sequence[Window]:
        found: list[Window] = []
        for door in self._doors():
            try:
                answer = ask_door(door["port"], {"ask": "windows", "token": door["token"]}, _SECONDS)
            except (OSError, ValueError):
                continue  # the program was killed and left its door behind
            found += [self._window(one, door) for one in answer.get("windows", [])]
        return found

    def look(self, window: Window) -> View:
        answer = self._ask(window, "look")
        controls = tuple(_control(one) for one in answer["controls"])
        return View(answer["title"], answer["minimised"], controls)

    def read_text(self, window: Window, control: Control) -> str:
        return str(self._ask(window, "read", ref=control.ref)["text"])

    def set_text(self, window: Window, control: Control, text: str) -> None:
        self._ask(window, "set", ref=control.ref, text=text)

    def press(self, window: Window, control: Control) -> None:
        self._ask(window, "press", ref=control.ref)

    def describe(self, window: Window) -> Program:
        return Program(window.executable, _VERSION, 64, elevated=False)

    def close(self) -> None:
        """Each question has a connection of its own: nothing is open."""

    def _doors(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield json.loads(path.read_text("utf-8"))
            except (OSError, ValueError):
                continue  # it has just gone

    def _window(self, one: dict[str, Any], door: dict[str, Any]) -> Window:
        path = str(self._folder / EXECUTABLE)
        return Window(one["handle"], one["title"], path, door["process_id"], one["minimised"])

    def _ask(self, window: Window, question: str, **more: Any) -> dict[str, Any]:
        door = next((door for door in self._doors() if door["process_id"] == window.process_id), None)
        if door is None:
            raise window_gone()
        asked = {"ask": question, "token": door["token"], "handle": window.handle, **more}
        try:
            answer = ask_door(door["port"], asked, _SECONDS)
        except TimeoutError:
            raise window_hung() from None
        except (OSError, ValueError):
            raise window_gone() from None
        return _checked(answer)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    refused = answer.get("refused")
    if refused == "control_gone":
        raise control_gone()
    if refused == "window_hung":
        raise window_hung()
    if refused:
        raise window_gone()
    return answer


def _control(one: dict[str, Any]) -> Control:
    kind = ControlKind(one["kind"])
    return Control(one["ref"], kind, one["class_name"], one["auto_id"], one["text"], one["enabled"], one["visible"])
