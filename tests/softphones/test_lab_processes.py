"""What the laboratory starts is gone when it is ended, with all that it started itself."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sip_lab.processes import LabProcess

SECONDS = 20.0
PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("child").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture
def family(tmp_path: Path) -> tuple[LabProcess, int]:
    """A program that has started another, and the number of that one."""
    told = tmp_path / "child"
    process = LabProcess([sys.executable, "-c", PARENT], tmp_path / "log", lambda: told.exists() and told.read_text())
    return process, int(told.read_text())


@pytest.mark.parametrize("end", [LabProcess.kill, LabProcess.stop])
def test_what_it_started_ends_with_it(family: tuple[LabProcess, int], end: Callable[[LabProcess], None]) -> None:
    process, child = family
    end(process)
    assert not process.is_running()
    wait_for_the_end(child)


def test_what_a_crash_leaves_behind_ends_too(family: tuple[LabProcess, int]) -> None:
    process, child = family
    os.kill(process.pid, signal.SIGKILL)
    process.stop()
    wait_for_the_end(child)


def wait_for_the_end(pid: int) -> None:
    """A signal needs a moment to arrive."""
    end = time.monotonic() + SECONDS
    while _lives(pid):
        assert time.monotonic() < end, "it still runs"
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    """Whether it still runs; one that is dead and was not fetched by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
