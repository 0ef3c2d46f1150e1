"""A laboratory for each test: one baresip that dials and peers that answer it, or likenesses of InterPhone on a screen
that nobody sees; everything is ended afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.softphones.baresip import BaresipSoftphone, Patience
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.hidden_screens import open_screen
from tests.sip_lab.peers import LabPeer
from tests.sip_lab.phones import LabPhone
from tests.sip_lab.processes import LabProcess
from tests.softphones.phone_events import Heard
from tests.softphones.phone_windows import LabStand

QUICK = Patience(setup=1.0, ring=2.0, answer=3.0)


class Laboratory:
    """Starts what a test asks for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.heard = Heard()
        self.phone = LabPhone(folder / "agent")

    def start_phone(self) -> LabProcess:
        self.process = self._ending(self.phone.start())
        return self.process

    def start_peer_phone(self, user: str) -> tuple[LabPhone, LabProcess]:
        phone = LabPhone(self.folder / user, user, answers=True)
        return phone, self._ending(phone.start())

    def start_peer(self, scenario: str) -> LabPeer:
        peer = LabPeer(self.folder, scenario)
        self._ending(peer.process)
        return peer

    def driver(self, domain: str, patience: Patience = QUICK) -> BaresipSoftphone:
        softphone = BaresipSoftphone(
            SystemClock(),
            self.heard,
            ThreadTimers(),
            port=self.phone.control_port,
            domain=domain,
            patience=patience,
        )
        self._stack.callback(softphone.close)
        return softphone

    def _ending(self, process: LabProcess) -> LabProcess:
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    with ExitStack() as stack:
        yield Laboratory(tmp_path, stack)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with open_screen("1200x800") as name:
        yield name


@pytest.fixture
def stand(tmp_path: Path, screen: str) -> Iterator[LabStand]:
    opened = LabStand(tmp_path, screen)
    yield opened
    opened.end()
