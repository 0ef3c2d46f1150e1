"""The whole thread: a list comes in, two agents at their windows call it over SIP, the server dies in mid-call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.remote import Remote
from callmanager.domain.clock import SystemClock
from callmanager.domain.dispositions import NEW, STATUSES
from callmanager.domain.errors import Conflict
from callmanager.server.backups.restore import restore
from tests.live_server import start_server
from tests.web import QUICK
from tests.window.real.call_center import (
    PEERS,
    CallCenter,
    choose_outcome,
    dial,
    hang_up,
    press_until,
    save_outcome,
    write_list,
)
from tests.window.real.real_window import RealWindow, say

pytestmark = [pytest.mark.sip, pytest.mark.exchange]

GROVES = {"ana": ("Encina", "8811"), "bruno": ("Olivo", "8812")}
"""Whose contacts are called how, and with which digits their numbers begin."""
OUTCOMES = {"1": ("8", "NO_INTERESADO"), "2": ("2", "OCUPADO"), "3": ("4", "CUELGA")}
"""By the last digit of a number: the key of the outcome, and its code."""
RESULTS = {"1": ("hung_up_here", "answered"), "2": ("busy", "busy"), "3": ("rejected", "busy")}
ENDINGS = {"2": "Busy", "3": "The call was rejected"}


@pytest.fixture
def center(tmp_path: Path) -> Iterator[CallCenter]:
    with CallCenter(tmp_path) as found:
        found.hire("ana", "manager").close()
        found.hire("bruno").close()
        yield found


def build_list(turns: int) -> dict[str, str]:
    """Names by numbers: as many for each agent; answering, busy and refusing in turn."""
    return {
        f"{start}{turn:03}{1 + turn % len(PEERS)}": f"{grove} {turn:02}"
        for turn in range(turns)
        for grove, start in GROVES.values()
    }


class Agent:
    """One who goes through his part of the list."""

    def __init__(self, window: RealWindow, grove: str, numbers: Mapping[str, str]) -> None:
        self.window = window
        self.digits = {name: number[-1] for number, name in numbers.items() if name.startswith(grove)}
        self._grove, self._done = grove, set[str]()

    def begin(self) -> None:
        """Search for one's own part of the list, and open the first."""
        window = self.window
        window.press("ctrl+k", "ctrl+slash")
        window.write(self._grove)
        window.until(lambda: {row["name"] for row in window.rows} == set(self.digits))
        window.press("Return", "Return")
        self.name  # noqa: B018  # once one is open

    @property
    def name(self) -> str:
        """Who is at hand: the next one whom he has not called."""
        found: set[str] = set()

        def is_one() -> bool:
            found.clear()
            found.update(set(self.window.texts) & (set(self.digits) - self._done))
            return len(found) == 1

        self.window.until(is_one)
        return next(iter(found))

    def call(self) -> None:
        """Dial who is at hand, until somebody answers or it is over."""
        digit = self.digits[self.name]
        dial(self.window, say("On the phone %(time)s", time="0:0") if digit == "1" else say(ENDINGS[digit]))

    def finish(self, *, is_offline: bool = False) -> None:
        """Hang up, if somebody is there, give the outcome, and go to the next; `is_offline`: the server is away."""
        name = self.name
        digit = self.digits[name]
        if digit == "1":
            hang_up(self.window)
        key, code = OUTCOMES[digit]
        choose_outcome(self.window, key, say(STATUSES[code]))
        self._done.add(name)
        save_outcome(self.window, say(STATUSES[code]), is_offline=is_offline)

    @property
    def is_talking(self) -> bool:
        return self.digits[self.name] == "1"


def check_whole_thread(center: CallCenter, folder: Path, *, turns: int, deaths: int) -> None:
    """`deaths`: in so many of the calls that are answered the server is killed."""
    numbers = build_list(turns)
    ana, bruno = (Agent(center.seat(user), grove, numbers) for user, (grove, _start) in GROVES.items())
    import_list(ana.window, write_list(folder / "lista.csv", numbers), len(numbers))
    for agent in (ana, bruno):
        agent.begin()
    kept: tuple[str, Any] | None = None
    for _turn in range(turns):
        for agent in (ana, bruno):
            agent.call()
        if deaths and ana.is_talking and bruno.is_talking:
            deaths -= 1
            kept = back_up(center)
            die_in_mid_call(center, ana, bruno)
        else:
            for agent in (ana, bruno):
                agent.finish()
    assert deaths == 0
    assert kept is not None
    until_all_is_saved(center, len(numbers))
    check_calls(center, numbers)
    check_screens(center, ana.window, bruno.window)
    check_no_complaints(center, ana.window, bruno.window)
    check_restored(center, folder, *kept)


def import_list(window: RealWindow, path: Path, count: int) -> None:
    press_until(window, "ctrl+i", lambda: window.says(say("File: CSV, Excel (.xlsx) or JSON")))
    window.write(str(path))
    window.press("Return")
    window.click(say("See what would happen"))
    window.until_says(say("This would happen. Nothing is changed yet."))
    window.click(say("Import (%(count)s rows)", count=count))
    window.until_says(say("Import another list"))
    window.rest()
    window.click(say("Close"))
    window.until(lambda: not window.says(say("Import another list")))


def read_office(boss: Remote) -> dict[str, Any]:
    """Contacts, their calls and their histories, as the server says them."""
    contacts = boss.ask("GET", "/contacts", query={"limit": 500}).body
    ids = sorted(contact["id"] for contact in contacts)
    return {
        "contacts": sorted(contacts, key=lambda contact: int(contact["id"])),
        "calls": [boss.ask("GET", f"/contacts/{one}/calls").body for one in ids],
        "histories": [boss.ask("GET", f"/contacts/{one}/history").body for one in ids],
    }


def back_up(center: CallCenter) -> tuple[str, dict[str, Any]]:
    """Take a backup while both talk; its name, and what the server says at that moment."""
    both = {"open": "true", "limit": 10}

    def are_talking() -> bool:
        states = [call["state"] for call in center.boss.ask("GET", "/calls", query=both).body]
        return states.count("connected") == len(GROVES)

    center.until(are_talking)
    before = read_office(center.boss)
    name = take_backup(center, f"backup-{sum(map(len, before['calls']))}")
    assert read_office(center.boss) == before
    return name, before


def take_backup(center: CallCenter, key: str) -> str:
    """Its name. The server may be at one of its own, which gives way to those who work."""
    for _ in range(300):
        try:
            return str(center.boss.ask("POST", "/backups", key=key).body["name"])
        except Conflict:
            time.sleep(0.1)
    raise AssertionError("the other backup does not end")


def die_in_mid_call(center: CallCenter, ana: Agent, bruno: Agent) -> None:
    """ana ends her call while the server is away, bruno his when it is back."""
    center.server.kill()
    for agent in (ana, bruno):
        agent.window.until(lambda window=agent.window: not window.says(say("Live")))
        assert agent.window.says(say("On the phone %(time)s", time="0:"))
    ana.finish(is_offline=True)
    center.restart()
    for agent in (ana, bruno):
        agent.window.until_says(say("Live"))
    bruno.finish()


def until_all_is_saved(center: CallCenter, count: int) -> None:
    def saved() -> int:
        calls = center.boss.ask("GET", "/calls", query={"limit": 500}).body
        return sum(call["disposition"] is not None for call in calls)

    center.until(lambda: saved() == count)


def check_calls(center: CallCenter, numbers: Mapping[str, str]) -> None:
    """Server and line: one call of each contact by its own agent, with its end and outcome, in its history once."""
    found = read_office(center.boss)
    by_grove = {grove: user for user, (grove, _start) in GROVES.items()}
    for contact, calls, history in zip(found["contacts"], found["calls"], found["histories"], strict=True):
        (call,) = calls
        number = next(number for number, name in numbers.items() if name == contact["name"])
        code = OUTCOMES[number[-1]][1]
        assert "".join(sign for sign in call["number"] if sign.isdigit()).endswith(number)
        assert call["user"] == by_grove[contact["name"].split()[0]]
        assert (call["state"], call["disposition"], call["estimated"]) == ("ended", code, False)
        assert (call["cause"], call["result"]) == RESULTS[number[-1]]
        assert (contact["status"], contact["attempts"]) == (code, 1)
        given = [line["fields"]["status"] for line in history if "status" in line["fields"]]
        assert [change for change in given if change[0] is not None] == [[NEW, code]]
    for digit, scenario in PEERS.items():
        heard = {line.call_id for line in center.said_to(scenario) if line.what == "INVITE"}
        assert len(heard) == sum(number.endswith(digit) for number in numbers)


def check_screens(center: CallCenter, *windows: RealWindow) -> None:
    """Both show every contact with the status that the server has, and nobody at any of them."""
    wanted = {one["id"]: say(STATUSES[one["status"]]) for one in read_office(center.boss)["contacts"]}
    for window in windows:
        window.press("Escape", "ctrl+shift+k")
    for window in windows:
        window.until(lambda window=window: len(window.rows) == len(wanted))
        assert all(wanted[row["id"]] in row["status"] for row in window.rows), window.rows
        window.until(lambda window=window: not any(row["badge"] for row in window.rows))
    first, second = ({row["id"]: row for row in window.rows} for window in windows)
    assert first == second


def check_no_complaints(center: CallCenter, *windows: RealWindow) -> None:
    assert [window.quit() for window in windows] == [0, 0]
    assert [window.complaints for window in windows] == ["", ""]
    assert center.logged_errors() == []


def check_restored(center: CallCenter, folder: Path, name: str, before: Mapping[str, Any]) -> None:
    """A server on the restored backup says what the other said when it was taken."""
    place = folder / "restored"
    place.mkdir()
    done = restore(place / "contacts.db", center.server.backups / name, clock=SystemClock())
    assert done.verification.ok
    with start_server(place, **QUICK) as server:
        boss = Remote(server.url, api_key=center.office.keys["boss"], language="en")
        try:
            assert read_office(boss) == before
        finally:
            boss.close()


def test_the_whole_thread(center: CallCenter, tmp_path: Path) -> None:
    check_whole_thread(center, tmp_path, turns=3, deaths=1)


@pytest.mark.long
def test_the_whole_thread_with_more_calls_and_deaths(center: CallCenter, tmp_path: Path) -> None:
    check_whole_thread(center, tmp_path, turns=18, deaths=4)
