"""A program that looks and behaves like InterPhone and calls nobody: for the demo, for training and for tests.

`python -m callmanager.softphones.lab.interphone --help` tells what it can be made to do. `--door FOLDER` lets the
bridge work it (`interphone_port`); `--log FILE` keeps what was dialled.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from callmanager.softphones.lab.interphone_door import Answer, Door
from callmanager.softphones.lab.interphone_line import BY_NUMBER, OTHER_SIDES, DialLog, LabLine, other_side
from callmanager.softphones.lab.interphone_window import MOST_DIGITS, Oddities, PhoneWindow
from callmanager.softphones.lab.interphone_words import LANGUAGES, LabWords
from callmanager.softphones.wiring.timers import Cancel

PARTS = ("field", "call", "hang_up")
_KINDS = {"field": "edit", "call": "button", "hang_up": "button", "state": "text", "timer": "text"}
_CLASSES = {"edit": "Edit", "button": "Button", "text": "Static"}
_WINFORMS = "WindowsForms10.%s.app.0.2bf8098_r7_ad1"
_AUTO_IDS = {"field": "1001", "call": "1002", "hang_up": "1003", "state": "1004", "timer": "1005"}
_HANDLES_OF_A_PROGRAM = 16
_SERVE_MILLISECONDS = 10
_DIED = 3


@dataclass(frozen=True, slots=True)
class LabOptions:
    """How the program is to be. `hang_seconds`: how long it stands still when it hangs."""

    words: LabWords
    oddities: Oddities
    log: Path | None = None
    door: Path | None = None
    side: str = BY_NUMBER
    answer_seconds: float | None = None
    talk_seconds: float | None = None
    windows: int = 1
    minimised: bool = False
    winforms: bool = False
    hangs_at_start: bool = False
    hang_seconds: float = 30.0


class LabInterPhone:
    """The program: its windows, its one line, and its door."""

    def __init__(self, wanted: LabOptions) -> None:
        self._wanted = wanted
        self._root = tk.Tk()
        self._root.withdraw()
        self._log = DialLog(wanted.log)
        script = other_side(wanted.side, wanted.answer_seconds, wanted.talk_seconds)
        self._line = LabLine(_TkTimers(self._root), self._log, script, self._refresh)
        self._windows: dict[int, PhoneWindow] = {}
        for number in range(wanted.windows):
            self._open(number)
        self._door = Door(wanted.door, self._answer) if wanted.door else None

    def run(self) -> None:
        """Until its last window is closed."""
        self._serve()
        self._log.note("open", "")
        if self._wanted.hangs_at_start:
            self._hang()
        try:
            self._root.mainloop()
        finally:
            if self._door:
                self._door.close()

    def _open(self, number: int) -> None:
        wanted = self._wanted
        window = PhoneWindow(self._root, wanted.words, self._line, wanted.oddities, self._after_call)
        window.stand_beside(number)
        handle = os.getpid() * _HANDLES_OF_A_PROGRAM + number
        window.protocol("WM_DELETE_WINDOW", lambda: self._close(handle))
        if wanted.minimised:
            window.iconify()
        self._windows[handle] = window

    def _close(self, handle: int) -> None:
        self._windows.pop(handle).destroy()
        if not self._windows:
            self._line.hang_up()
            self._root.quit()

    def _refresh(self) -> None:
        for window in self._windows.values():
            window.refresh()

    def _after_call(self) -> None:
        if self._wanted.oddities.dies:
            os._exit(_DIED)  # as a crash would end it: nothing is closed
        if self._wanted.oddities.hangs:
            self._hang()

    def _hang(self) -> None:
        time.sleep(self._wanted.hang_seconds)

    def _serve(self) -> None:
        if self._door:
            self._door.seen = {"windows": [self._seen(handle) for handle in self._windows]}
            self._door.serve_waiting()
        self._root.after(_SERVE_MILLISECONDS, self._serve)

    def _seen(self, handle: int) -> Answer:
        window = self._windows[handle]
        return {"handle": handle, "title": window.title(), "minimised": self._wanted.minimised}

    def _answer(self, asked: Mapping[str, Any]) -> Answer:
        """What the bridge asks of one window. On Tk's thread."""
        window = self._windows.get(int(asked.get("handle", 0)))
        if window is None:
            return {"refused": "window_gone"}
        if asked.get("ask") == "look":
            controls = [self._control(window, name, ref) for ref, name in enumerate(window.parts, 1)]
            return {**self._seen(int(asked["handle"])), "controls": controls}
        names = list(window.parts)
        ref = int(asked.get("ref", 0))
        if not 1 <= ref <= len(names):
            return {"refused": "control_gone"}
        return self._act(window, names[ref - 1], asked)

    def _control(self, window: PhoneWindow, name: str, ref: int) -> Answer:
        kind = _KINDS[name]
        class_name = _WINFORMS % _CLASSES[kind].upper() if self._wanted.winforms else _CLASSES[kind]
        return {
            "ref": ref,
            "kind": kind,
            "class_name": class_name,
            "auto_id": _AUTO_IDS[name],
            "text": _text(window, name),
            "enabled": str(window.parts[name].cget("state")) != "disabled",
            "visible": True,
        }

    def _act(self, window: PhoneWindow, name: str, asked: Mapping[str, Any]) -> Answer:
        if asked["ask"] == "read":
            return {"text": _text(window, name)}
        part = window.parts[name]
        if asked["ask"] == "set" and name == "field":
            window.write(str(asked["text"]))
        elif asked["ask"] == "press" and isinstance(part, tk.Button):
            part.invoke()
        return {}


class _TkTimers:
    """Timers on Tk's own thread."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root

    def after(self, seconds: float, act: Callable[[], None]) -> Cancel:
        planned = self._root.after(int(seconds * 1000), act)
        return lambda: self._root.after_cancel(planned)


def _text(window: PhoneWindow, name: str) -> str:
    if name == "field":
        return window.read()
    state, timer = window.status()
    return {"state": state, "timer": timer}.get(name) or str(window.parts[name].cget("text"))


def read_arguments(arguments: list[str]) -> LabOptions:
    """Ends the program with its usage when they are wrong."""
    parser = argparse.ArgumentParser(prog="interphone", description=__doc__)
    parser.add_argument("--log", type=Path, metavar="FILE", help="a line for each step of a call")
    parser.add_argument("--door", type=Path, metavar="FOLDER", help="let the bridge work this window")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default="es")
    parser.add_argument("--title", help='instead of "InterPhone - ..."')
    parser.add_argument("--call", metavar="CAPTION", help="caption of the button that dials")
    parser.add_argument("--other-side", choices=(BY_NUMBER, *OTHER_SIDES), default=BY_NUMBER)
    parser.add_argument("--answer-seconds", type=float, metavar="S", help="how long it rings before it is answered")
    parser.add_argument("--talk-seconds", type=float, metavar="S", help="how long the other side talks, if it leaves")
    odd = parser.add_argument_group("what may be wrong with it")
    odd.add_argument("--windows", type=int, default=1, choices=range(1, 5))
    odd.add_argument("--without", choices=PARTS, action="append", default=[])
    odd.add_argument("--minimised", action="store_true")
    odd.add_argument("--winforms", action="store_true", help="its controls have the class names of .NET")
    odd.add_argument("--most-digits", type=int, default=MOST_DIGITS, metavar="N", help="the field takes no more")
    odd.add_argument("--hangs", choices=("start", "call"), help="stops answering then")
    odd.add_argument("--hang-seconds", type=float, default=30.0, metavar="S")
    odd.add_argument("--dies", action="store_true", help="crashes when it has dialled")
    return _wanted(parser.parse_args(arguments))


def _wanted(given: argparse.Namespace) -> LabOptions:
    words = LANGUAGES[given.language]
    words = replace(words, title=given.title or words.title, call=given.call or words.call)
    without = frozenset(given.without)
    return LabOptions(
        words,
        Oddities(without, given.most_digits, hangs=given.hangs == "call", dies=given.dies),
        log=given.log,
        door=given.door,
        side=given.other_side,
        answer_seconds=given.answer_seconds,
        talk_seconds=given.talk_seconds,
        windows=given.windows,
        minimised=given.minimised,
        winforms=given.winforms,
        hangs_at_start=given.hangs == "start",
        hang_seconds=given.hang_seconds,
    )


def main(arguments: list[str]) -> int:
    """0 when its window was closed, 1 on a PC without a screen."""
    wanted = read_arguments(arguments)
    try:
        program = LabInterPhone(wanted)
    except tk.TclError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    program.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
