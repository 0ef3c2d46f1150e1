"""Likenesses of InterPhone as processes with a window, and the bridge that works them: what a suite needs."""

from __future__ import annotations

import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from tests.live_server import ROOT, environment

PATIENCE_SECONDS = 30.0


class PhoneProcess:
    """One of them. It writes down each step, so that what was dialled is known from the phone and not from us."""

    def __init__(self, command: Sequence[str], environ: dict[str, str], log: Path) -> None:
        self._log = log
        self._process = subprocess.Popen(  # with pipes, which a Windows program under Wine must have
            command, env=environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def steps(self) -> list[tuple[str, str]]:
        """Each step so far: a word, and what it is of."""
        if not self._log.exists():
            return []
        lines = self._log.read_text("utf-8").splitlines()
        return [(word, of) for _at, word, of in (line.split("\t") for line in lines)]

    def of(self, word: str) -> list[str]:
        return [of for found, of in self.steps() if found == word]

    @property
    def dialled(self) -> list[str]:
        return self.of("call")

    def wait_for(self, word: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.of(word):
            assert time.monotonic() < until, f"no {word} in {self.steps()}"
            time.sleep(0.02)

    def wait_ended(self) -> None:
        """For one that dies by itself."""
        self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """As a crash would end it."""
        with self._process as process:
            process.kill()


class PhoneStand(ABC):
    """Where likenesses are started. `bridge` is the command of a bridge that sees them."""

    bridge: tuple[str, ...]

    def __init__(self, folder: Path, screen: str) -> None:
        self.folder = folder
        self.screen = screen
        self._started: list[PhoneProcess] = []

    @abstractmethod
    def command(self, log: Path, options: Sequence[str]) -> list[str]: ...

    def start_phone(self, *options: str) -> PhoneProcess:
        """Start one and wait until its window is there. `options` are those of `lab.interphone`."""
        log = self.folder / f"phone-{len(self._started)}.log"
        phone = PhoneProcess(self.command(log, options), {**environment(), "DISPLAY": self.screen}, log)
        self._started.append(phone)
        phone.wait_for("open")
        return phone

    def end(self) -> None:
        for phone in self._started:
            phone.kill()


class LabStand(PhoneStand):
    """The program of the laboratory, worked through its door."""

    def __init__(self, folder: Path, screen: str) -> None:
        super().__init__(folder, screen)
        self.doors = folder / "doors"
        self.bridge = (sys.executable, "-m", "callmanager.softphones.bridge", f"lab:{self.doors}")

    def command(self, log: Path, options: Sequence[str]) -> list[str]:
        program = [sys.executable, "-m", "callmanager.softphones.lab.interphone"]
        return [*program, "--log", str(log), "--door", str(self.doors), *options]
