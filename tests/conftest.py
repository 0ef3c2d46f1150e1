"""What every test may count on: a marked test whose program is missing skips with the install line, or fails in CI."""

import gc
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from callmanager.desktop.pc.fonts import load_customtkinter

MEMORY = Path("/dev/shm")
"""A folder without a disk. Each commit of a test's office waits for the disk, and a run makes many thousands of them.

Whether the program asks the disk to keep what it must is seen by what it asks (tests/power_cuts.py), not by waiting.
"""
ROOM_BYTES = 6 * 1024**3

if "PYTEST_DEBUG_TEMPROOT" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)

load_customtkinter()  # whichever test needs it first
gc.disable()  # until all tests are collected: they live to the end

HERE = Path(__file__).resolve().parent
REQUIRE_ALL = os.environ.get("CALLMANAGER_REQUIRE_ALL") == "1"


def has_postgresql() -> bool:
    """Debian keeps the server's programs out of PATH, one folder per version."""
    return bool(shutil.which("postgres") or list(Path("/usr/lib/postgresql").glob("*/bin/postgres")))


def find_faketime() -> Path | None:
    """The library that shifts the clock of one process; Debian keeps it in a folder per processor."""
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def has_windows_python() -> bool:
    """Where tests/windows/windows_programs.py looks for it."""
    folder = Path(os.environ.get("CALLMANAGER_WINE") or Path(__file__).resolve().parents[1] / ".venv" / "wine")
    return (folder / "env.sh").exists()


NEEDED = {
    "exchange": (
        lambda: bool(shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin")),
        "apt-get install kamailio",
    ),
    "nginx": (
        lambda: bool(shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")),
        "apt-get install nginx-light",
    ),
    "faketime": (lambda: find_faketime() is not None, "apt-get install faketime"),
    "node": (lambda: bool(shutil.which("node") and shutil.which("npm")), "apt-get install nodejs npm"),
    "postgresql": (has_postgresql, "apt-get install postgresql"),
    "sip": (
        lambda: bool(shutil.which("baresip") and shutil.which("sipp")),
        "apt-get install baresip-core sip-tester",
    ),
    "strace": (lambda: shutil.which("strace") is not None, "apt-get install strace"),
    "windows": (has_windows_python, "make windows"),
}
"""What a marker needs: how to know that it is there, and how to install it."""


LONGEST = ("end_to_end", "window", "faults", "invariants", "desktop", "softphones")
"""Folders of tests that build, show windows or wait for programs and calls: a file of theirs takes longest."""


ALONE = (
    "desktop/test_calling_sip.py",
    "desktop/test_calling_sip_in_a_row.py",
    "softphones/test_sip_calls.py",
    "window/test_phone_kills.py",
    "window/test_soak.py",
    "window/test_whole_thread.py",
    "window/test_window_kills.py",
    "window/test_window_sip.py",
)
"""Files with real windows that call, and with calls that are compared with the line to 0.3 s: beside other tests they
come too late (who waits too long for a key hangs up). `make test` runs them last, with nothing beside them."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what runs alone, before -m chooses."""
    if item.path.as_posix().endswith(ALONE):
        item.add_marker("alone")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of what runs alone does not read the other files, which takes ten seconds."""
    is_test = collection_path.name.startswith("test_")
    if config.option.markexpr.startswith("alone ") and is_test and not collection_path.as_posix().endswith(ALONE):
        return True
    return None


def pytest_collection_finish() -> None:
    """Thousands of tests live to the end: who collects garbage (each window does, twice) need not look at them."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let processes that share the files begin with those that take longest: the files of proofs, the LONGEST folders,
    then the large ones.

    Within a file, and in a run of one process, the order stays random.
    """
    if not hasattr(config, "workerinput"):
        return
    tests = Counter(item.path for item in items)
    place = {path: number for number, path in enumerate(tests)}
    rank = {path: LONGEST.index(name) if (name := path.relative_to(HERE).parts[0]) in LONGEST else 9 for path in tests}
    rank |= {item.path: -1 for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: (rank[item.path], -tests[item.path], place[item.path]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test whose program is missing; fail it instead where everything is required."""
    for name, (is_there, install) in NEEDED.items():
        if item.get_closest_marker(name) and not is_there():
            (pytest.fail if REQUIRE_ALL else pytest.skip)(f"{name} is missing: {install}")
