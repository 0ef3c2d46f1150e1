"""Which tests reach which functions, so that a mutant is shown only to those that could notice it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

AT_IMPORT = ""
"""What stands for the tests where a function is called before any of them."""


@dataclass(slots=True)
class Reach:
    """By module and function the tests that call it; how many seconds each test works."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)

    def add(self, tests: dict[str, list[str]], work: dict[str, float]) -> None:
        for function, reached_by in tests.items():
            self.tests.setdefault(function, []).extend(reached_by)
        self.work |= work

    def is_at_import(self, module: str, where: str) -> bool:
        return AT_IMPORT in self.tests.get(f"{module} {where}", ())

    def choose(self, module: str, where: str, files: Sequence[str]) -> list[str]:
        """The tests of these files that reach a function, the quickest of each file first; after them all others when
        it is called before they begin."""
        reached = set(self.tests.get(f"{module} {where}", ()))
        every = [test for test in self.work if test.partition("::")[0] in files]
        chosen = every if AT_IMPORT in reached else [test for test in every if test in reached]
        return sorted(chosen, key=lambda one: (one not in reached, files.index(one.partition("::")[0]), self.work[one]))


class Recorder:
    """Notes which functions of the program are called while `test` runs. Not those of processes that it starts."""

    def __init__(self, folder: Path) -> None:
        self.test = AT_IMPORT
        self._root = f"{folder}/"
        self._names: dict[CodeType, str] = {}
        self._tests: dict[str, set[str]] = {}

    def start(self) -> None:
        threading.settrace(self._note)
        sys.settrace(self._note)

    def stop(self) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]  # None is what it is without any

    @property
    def tests(self) -> dict[str, list[str]]:
        return {name: sorted(tests) for name, tests in self._tests.items()}

    def _note(self, frame: FrameType, _event: str, _arg: object) -> None:
        code = frame.f_code
        name = self._names.get(code)
        if name is None:
            name = self._names[code] = self._name(code)
        if name:
            self._tests.setdefault(name, set()).add(self.test)

    def _name(self, code: CodeType) -> str:
        if not code.co_filename.startswith(f"{self._root}callmanager"):
            return ""
        return f"{code.co_filename.removeprefix(self._root)} {code.co_qualname.partition('.<locals>')[0]}"
