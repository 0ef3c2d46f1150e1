"""A stand for each driver: the driver, and beside it a phone (real, scripted or a stub) that takes every call.

A new driver gets a stand here, and the contract suite runs on it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.softphones import CallState, Softphone, States
from callmanager.softphones.ami import AmiAccount, AmiSoftphone
from callmanager.softphones.baresip import BaresipSoftphone
from callmanager.softphones.interphone.driver import InterPhoneSoftphone
from callmanager.softphones.interphone.profile import default_profile
from callmanager.softphones.microsip import MicroSipSoftphone
from callmanager.softphones.none import NoSoftphone
from callmanager.softphones.simulated import Script, SimulatedSoftphone
from callmanager.softphones.uri import UriSoftphone
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.sip_lab.peers import LabPeer
from tests.sip_lab.phones import LabPhone
from tests.softphones.asterisk import SECRET, ScriptedAsterisk
from tests.softphones.phone_events import Heard

ROOT = Path(__file__).resolve().parents[2]

FAKE_MICROSIP = """\
import sys
sys.path.insert(0, {root!r})
from callmanager.softphones.microsip_hook import send
port, key = open({settings!r}).read().split()
with open({log!r}, "a") as log:
    log.write(sys.argv[1] + "\\n")
if not sys.argv[1].startswith("/"):
    for word in {words!r}:
        send(int(port), key, word, sys.argv[1])
"""

FAKE_OPENER = """\
#!/bin/sh
printf '%s\\n' "$1" >> "{log}"
exit {code}
"""


@dataclass
class Stand:
    """A driver that can be tried. `reached` lists the numbers, or addresses, that arrived at the phone."""

    phone: Softphone
    heard: Heard
    reached: Callable[[], list[str]] | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def finish(self, call_id: str) -> None:
        """End the call in the way that this phone has."""
        if self.phone.capabilities.hang_up:
            self.phone.hang_up(call_id)
        else:
            self.phone.close_by_hand(call_id)

    @property
    def tells(self) -> bool:
        return self.phone.capabilities.states is not States.NONE


def read_lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def none_stand(_folder: Path, _patch: pytest.MonkeyPatch, _stack: ExitStack) -> Stand:
    heard = Heard()
    return Stand(NoSoftphone(SystemClock(), heard), heard)


def simulated_stand(_folder: Path, _patch: pytest.MonkeyPatch, _stack: ExitStack) -> Stand:
    heard = Heard()
    quick: Script = ((0.01, CallState.RINGING), (0.02, CallState.CONNECTED))
    return Stand(SimulatedSoftphone(SystemClock(), heard, ThreadTimers(), lambda _number: quick), heard)


def fake_opener(folder: Path, patch: pytest.MonkeyPatch, code: int = 0) -> Path:
    """Put an xdg-open first in PATH that writes down what it is given; returns its log."""
    log, program = folder / "opened.txt", folder / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(FAKE_OPENER.format(log=log, code=code))
    program.chmod(0o755)
    patch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return log


def uri_stand(folder: Path, patch: pytest.MonkeyPatch, _stack: ExitStack) -> Stand:
    if sys.platform == "win32":
        pytest.skip("opens a real program there")
    log, heard = fake_opener(folder, patch), Heard()
    return Stand(UriSoftphone(SystemClock(), heard), heard, lambda: read_lines(log))


def fake_microsip(folder: Path, words: tuple[str, ...]) -> tuple[tuple[str, str], Path, Path]:
    """A program that runs the hooks `words` for a number: its command, its settings file and its log."""
    settings, log, script = folder / "hook.txt", folder / "microsip.log", folder / "microsip.py"
    script.write_text(FAKE_MICROSIP.format(root=str(ROOT), settings=str(settings), log=str(log), words=words))
    return (sys.executable, str(script)), settings, log


def microsip_stand(folder: Path, _patch: pytest.MonkeyPatch, stack: ExitStack) -> Stand:
    heard = Heard()
    program, settings, log = fake_microsip(folder, ("outgoing", "start"))
    phone = MicroSipSoftphone(SystemClock(), heard, ThreadTimers(), program=program, key="k3y")
    stack.callback(phone.close)
    settings.write_text(f"{phone.hook_port} k3y")
    return Stand(phone, heard, lambda: [line for line in read_lines(log) if not line.startswith("/")])


def baresip_stand(folder: Path, _patch: pytest.MonkeyPatch, stack: ExitStack) -> Stand:
    heard, lab = Heard(), LabPhone(folder / "agent")
    stack.callback(lab.start().kill)
    peer = LabPeer(folder, "answers")
    stack.callback(peer.process.kill)
    phone = BaresipSoftphone(SystemClock(), heard, ThreadTimers(), port=lab.control_port, domain=peer.address)
    stack.callback(phone.close)
    return Stand(phone, heard)


def ami_stand(_folder: Path, _patch: pytest.MonkeyPatch, stack: ExitStack) -> Stand:
    heard, exchange = Heard(), ScriptedAsterisk()
    stack.callback(exchange.close)
    phone = AmiSoftphone(SystemClock(), heard, AmiAccount("127.0.0.1", "cm", SECRET, "PJSIP/100", port=exchange.port))
    stack.callback(phone.close)
    return Stand(
        phone, heard, lambda: [action["Exten"] for action in exchange.actions if action["Action"] == "Originate"]
    )


def memory_bridge(log: Path, *oddities: str) -> tuple[str, ...]:
    """The command of a bridge whose phone writes into `log` what it dials."""
    return (sys.executable, str(Path(__file__).with_name("memory_bridge.py")), str(log), *oddities)


def interphone_stand(folder: Path, _patch: pytest.MonkeyPatch, stack: ExitStack) -> Stand:
    heard, log = Heard(), folder / "dialled.txt"
    phone = InterPhoneSoftphone(SystemClock(), heard, ThreadTimers(), default_profile(), command=memory_bridge(log))
    stack.callback(phone.close)
    while phone.probe().is_starting:
        pass
    return Stand(phone, heard, lambda: read_lines(log))


STANDS = [
    pytest.param(none_stand, id="none"),
    pytest.param(simulated_stand, id="simulated"),
    pytest.param(uri_stand, id="uri"),
    pytest.param(interphone_stand, id="interphone"),
    pytest.param(microsip_stand, id="microsip"),
    pytest.param(baresip_stand, id="baresip", marks=pytest.mark.sip),
    pytest.param(ami_stand, id="ami"),
]
