"""A session for tests: its own folder, a safe that forgets nothing, and a bus that the test drains."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.session import PcSurroundings, Session, SessionStage
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.pc.discovery import Announced
from callmanager.desktop.pc.keyring_safe import Remembered
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.speech import Speech
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError

WAIT_SECONDS = 30.0


@dataclass
class MemorySafe:
    """The contract of the keyring, in memory; `refusal` makes it one of a PC that has none."""

    kept: dict[str, Remembered] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    refusal: CallManagerError | None = None

    def check(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def find(self, address: str) -> Remembered | None:
        self.check()
        return self.kept.get(address)

    def keep(self, address: str, remembered: Remembered) -> None:
        self.check()
        self.kept[address] = remembered

    def forget(self, address: str) -> None:
        self.check()
        self.kept.pop(address, None)

    def find_secret(self, name: str) -> str | None:
        self.check()
        return self.secrets.get(name)

    def keep_secret(self, name: str, secret: str) -> None:
        self.check()
        self.secrets[name] = secret


class SessionDesk:
    """One run of the program after another, on the same PC: `begin` is a start, `end` its end."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self.folder, self.language = folder, language
        self.safe = MemorySafe()
        self.announced: list[Announced] = []

    def begin(self, server: str = "", api_key: str = "", key_server: str = "") -> Session:
        self.bus = Bus()
        background = Background(self.bus)
        self.tools = Tools(self.bus, background, Speech(self.language), SystemClock())
        self.preferences = Preferences(self.tools, PreferenceFile(self.folder))
        around = PcSurroundings(
            self.folder,
            self.preferences,
            self.safe,
            Configured(server, api_key, (key_server or server) if api_key else ""),
            "PC-7",
            lambda: self.announced,
        )
        self.session = Session(self.tools, around)
        self.session.start()
        return self.session

    def until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not is_true():
            assert time.monotonic() < end, (self.session.stage, self.session.error)
            self.bus.drain()
            time.sleep(0.002)

    def rest(self, stage: SessionStage) -> None:
        """Wait until the session stands at `stage` and asks nothing."""
        self.until(lambda: self.session.stage is stage and not self.session.is_busy)

    def sign_in(self, username: str, password: str, *, remember: bool = False) -> None:
        self.session.username, self.session.password = username, password
        self.session.wants_remembering = remember
        self.session.sign_in()
        self.until(lambda: not self.session.is_busy)

    def end(self) -> None:
        self.session.close()
        while self.bus.drain():
            pass
        self.tools.background._pool.shutdown(wait=True)
