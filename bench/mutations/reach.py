"""Which tests reach which functions, so that a mutant is shown only to those that could notice it. For pytest."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

import pytest

_AT_IMPORT = ""
"""What stands for the tests where a function is called before any of them."""


@dataclass(slots=True)
class Reach:
    """By module and function the tests that call it; how many seconds each test works."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)

    def add(self, other: Reach) -> None:
        for function, tests in other.tests.items():
            self.tests.setdefault(function, []).extend(tests)
        self.work |= other.work

    def choose(self, module: str, where: str, files: Sequence[str]) -> list[str]:
        """The tests of these files that reach a function, the quickest of each file first; all of them when it is
        called before they begin."""
        reached = set(self.tests.get(f"{module} {where}", ()))
        every = [test for test in self.work if test.partition("::")[0] in files]
        chosen = every if _AT_IMPORT in reached else [test for test in every if test in reached]
        return sorted(chosen, key=lambda one: (one not in reached, files.index(one.partition("::")[0]), self.work[one]))


class Recorder:
    """Finds out, while tests run, which functions of which modules each of them calls."""

    def __init__(self, folder: Path) -> None:
        self._root = f"{folder}/"
        self._names: dict[CodeType, str] = {}
        self._tests: dict[str, set[str]] = {}
        self._work: dict[str, float] = {}
        self._test = _AT_IMPORT

    def start(self) -> None:
        threading.settrace(self._note)
        sys.settrace(self._note)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._test, began = item.nodeid, time.process_time()
        result = yield
        self._work[item.nodeid] = time.process_time() - began
        return result

    def save(self, file: Path) -> None:
        sys.settrace(None)
        tests = {name: sorted(tests) for name, tests in self._tests.items()}
        file.write_text(json.dumps({"tests": tests, "work": self._work}), "utf-8")

    def _note(self, frame: FrameType, _event: str, _arg: object) -> None:
        code = frame.f_code
        name = self._names.get(code)
        if name is None:
            name = self._names[code] = self._name(code)
        if name:
            self._tests.setdefault(name, set()).add(self._test)

    def _name(self, code: CodeType) -> str:
        if not code.co_filename.startswith(f"{self._root}callmanager"):
            return ""
        return f"{code.co_filename.removeprefix(self._root)} {code.co_qualname.partition('.<locals>')[0]}"


class Chosen:
    """Runs these tests only, in this order."""

    def __init__(self, tests: Iterable[str]) -> None:
        self._tests = list(tests)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {item.nodeid: item for item in items}
        items[:] = [known[test] for test in self._tests if test in known]


def read_reach(file: Path) -> Reach:
    found = json.loads(file.read_text("utf-8"))
    return Reach(found["tests"], found["work"])
