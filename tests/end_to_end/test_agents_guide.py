"""The agents' guide speaks of the window as it is: its words, its links, its pictures; and the demo leads to it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live_server import ROOT, answers, environment, free_port
from tests.window.real.real_window import open_desk_screen

GUIDE = ROOT / "docs" / "agentes.md"
CATALOGUE = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"
KEY = re.compile(r"F\d+|Ctrl\+.+")
MOST_BYTES = 150 * 1024
WAIT_SECONDS = 120.0


def spoken() -> str:
    """Everything that the window can say in Spanish."""
    lines = re.findall(r'^(?:msgstr )?"(.*)"$', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    return "\n".join(line.replace('\\"', '"') for line in lines)


def test_what_the_guide_prints_bold_is_a_key_or_stands_in_the_window() -> None:
    found = re.findall(r"\*\*(.+?)\*\*", GUIDE.read_text("utf-8"))
    bold = {re.sub(r" \d+:\d\d$", "", text).rstrip("….") for text in found}  # without what a clock shows
    said = spoken()
    assert [text for text in sorted(bold) if not KEY.fullmatch(text) and text.casefold() not in said.casefold()] == []


def test_links_and_pictures_of_the_guide_are_there_and_small() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", GUIDE.read_text("utf-8"))
    assert len(targets) >= 4
    for target in targets:
        assert 0 < (GUIDE.parent / target).stat().st_size < MOST_BYTES, target


class Demo:
    """`callmanager demo --window` with a screen, or without one."""

    def __init__(self, folder: Path, screen: str | None) -> None:
        self.port = free_port()
        screens = {} if screen is None else {"DISPLAY": screen}
        kept = {name: value for name, value in environment().items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        command = ["callmanager", "--lang", "en", "demo", "--window", "--folder", str(folder), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**kept, **screens},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def printed_line(self) -> list[str]:
        """The command that it prints for opening the window."""
        assert self.process.stdout is not None
        line = next(line for line in self.process.stdout if "call_manager_app.py" in line)
        return shlex.split(line)

    def stop(self) -> int:
        """As Ctrl+C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=WAIT_SECONDS)
        return self.process.returncode


def has_window(screen: str) -> bool:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "^CallManager$"],
        env={**os.environ, "DISPLAY": screen},
        check=False,
        capture_output=True,
        timeout=WAIT_SECONDS,
    )
    return bool(found.stdout.strip())


def wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office") / "demo"


def test_the_demo_opens_the_window_and_its_line_reaches_the_server(folder: Path, tmp_path: Path) -> None:
    with open_desk_screen() as screen:
        demo = Demo(folder, screen)
        try:
            line = demo.printed_line()
            wait_until(lambda: has_window(screen))
            report = tmp_path / "report.json"
            check = [*line, "--data", str(tmp_path), "--self-test", str(report)]
            done = subprocess.run(check, cwd=ROOT, env={**environment(), "DISPLAY": screen}, check=False, timeout=60)
            assert done.returncode == 0
            assert f"127.0.0.1:{demo.port}" in report.read_text("utf-8")
        finally:
            code = demo.stop()
        assert code == 0
        wait_until(lambda: not has_window(screen))


def test_the_demo_goes_on_where_there_is_no_screen(folder: Path) -> None:
    demo = Demo(folder, None)
    try:
        wait_until(lambda: answers(demo.port))
    finally:
        code = demo.stop()
    assert code == 0
