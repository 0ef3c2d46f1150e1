"""Premises with phones: a baresip on each agent's PC, and an exchange behind which peers answer, are busy or refuse."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from tests.sip_lab.exchange import LabExchange
from tests.sip_lab.peers import LabPeer, SipLine
from tests.sip_lab.phones import LabPhone
from tests.sip_lab.processes import LabProcess
from tests.window.real.premises import Premises, sign_in, until_live
from tests.window.real.real_window import LOOK_SECONDS, WAIT_SECONDS, RealWindow, say

PEERS = {"1": "answers", "2": "busy", "3": "refuses"}
"""By the last digit of the number that is called."""
KEY_SECONDS = 6.0
LIGHT = "● baresip:"
"""How the light of the phone begins, in the bar of the call."""


class CallCenter(Premises):
    """`peers` by the names of their scenarios.

    peers: the scenario behind each last digit. places: what is put through to an address that is no peer's.
    silence_seconds: after so long without a voice the agents' phones take the other side for dead; 0 for never.
    """

    def __init__(
        self,
        folder: Path,
        peers: Mapping[str, str] = PEERS,
        places: Mapping[str, str] = MappingProxyType({}),
        *,
        silence_seconds: int = 0,
    ) -> None:
        super().__init__(folder)
        self._silence_seconds = silence_seconds
        self._phones = ExitStack()
        self.peers: dict[str, LabPeer] = {}
        self._phone_of: dict[str, LabPhone] = {}
        self._running: dict[str, LabProcess] = {}
        for scenario in peers.values():
            self.peers[scenario] = peer = LabPeer(folder / "lab", scenario)
            self._phones.callback(peer.process.kill)
        addresses = {digit: self.peers[scenario].address for digit, scenario in peers.items()}
        self.exchange = LabExchange(folder / "lab", {**addresses, **places})
        self._phones.callback(self.exchange.process.stop)  # killed, it would leave its children behind

    def seat(self, username: str) -> RealWindow:
        """The user at his window, signed in, with his own phone ready."""
        self.start_phone(username)
        window = self.open_window(username)
        window.until_says(say("User"))
        sign_in(window, "" if username in window.texts else username)
        until_live(window, username)
        window.until_says(f"{LIGHT} {say('Ready')}")
        return window

    def start_phone(self, username: str) -> None:
        """The phone on his PC, unless it runs."""
        if username not in self._phone_of:
            folder = self._folder / "lab" / username
            self._phone_of[username] = LabPhone(folder, rtp_timeout=self._silence_seconds)
            self._choose_phone(username, self._phone_of[username].control_port)
        if username not in self._running:
            self._running[username] = process = self._phone_of[username].start()
            self._phones.callback(process.kill)

    def kill_phone(self, username: str) -> None:
        """Without a word to whom it talks with."""
        self._running.pop(username).kill()

    def cut_power(self, username: str, window: RealWindow) -> None:
        """The user's PC is gone: the program and the phone, without a word."""
        window.kill()
        self.kill_phone(username)

    def said_to(self, scenario: str) -> list[SipLine]:
        """What a peer has seen so far."""
        return self.peers[scenario].lines()

    def calls_of(self, contact_id: int) -> list[dict[str, Any]]:
        """Newest first, as the server has them."""
        calls: list[dict[str, Any]] = self.boss.ask("GET", f"/contacts/{contact_id}/calls").body
        return calls

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        """Until something is so on the server."""
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, "it did not come to the server"
            time.sleep(LOOK_SECONDS)

    def _choose_phone(self, username: str, control_port: int) -> None:
        """As he would have done in the settings of the phone."""
        folder = self._folder / username
        folder.mkdir()
        options = {"port": str(control_port), "domain": self.exchange.address}
        phone = {"driver": "baresip", "options": options, "region": "CR", "style": "national"}
        (folder / "preferences.json").write_text(json.dumps({"phone": phone}), "utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._phones.close()


def write_list(path: Path, names: Mapping[str, str]) -> Path:
    """A list to be imported: names by numbers."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("phone", "name"))
        writer.writerows(names.items())
    return path


def press_until(window: RealWindow, key: str, reached: Callable[[], object]) -> None:
    """Press a key, and again when nothing comes of it: it counts for nothing while the window is busy with another."""
    end = time.monotonic() + WAIT_SECONDS
    while not reached():
        assert time.monotonic() < end, (key, window.texts)
        window.press(key)
        pause = time.monotonic() + KEY_SECONDS
        while not reached() and time.monotonic() < pause:
            time.sleep(LOOK_SECONDS)


def read_bar(window: RealWindow) -> list[str]:
    """What stands in the bar of the call, after the light of the phone."""
    seen = window.seen
    light = next(one["place"] for one in seen if one["text"].startswith(LIGHT))
    places = [(one["place"], one["text"]) for one in seen if abs(one["place"][1] - light[1]) < light[3] // 2]
    return [text for place, text in sorted(places) if place[0] > light[0]]


def bar_says(window: RealWindow, text: str) -> bool:
    """Whether the bar has words that begin so."""
    return any(one.startswith(text) for one in read_bar(window))


def dial(window: RealWindow, text: str) -> None:
    """Call the contact at hand, until the bar says so."""
    press_until(window, "F3", lambda: bar_says(window, text))


def hang_up(window: RealWindow) -> None:
    """Until the bar says that it is done."""
    press_until(window, "F4", lambda: bar_says(window, say("You hung up")))


def choose_outcome(window: RealWindow, key: str, name: str) -> None:
    """By its digit; returns when it is the chosen one."""
    window.until(lambda: window.says(f"○ {name}") or window.says(f"◎ {name}"))  # the second: the phone suggests it
    press_until(window, key, lambda: window.says(f"● {name}"))


def save_outcome(window: RealWindow, name: str, *, is_offline: bool = False) -> None:
    """And go to the next contact of the list: the form goes, and what was saved is said; offline, that it will be."""
    press_until(window, "ctrl+Return", lambda: not window.says("○ ") and not window.says("◎ "))
    how = "to be sent" if is_offline else "saved"
    window.until_says(say(f"Outcome {how}: %(outcome)s.", outcome=name))
