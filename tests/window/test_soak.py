"""Two windows and ten scripted clients: when they rest, what the windows show is what the server holds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from callmanager.desktop.remote import Remote
from callmanager.domain.texts import N_
from tests.window.real.colleagues import Colleague
from tests.window.real.premises import Premises, sign_in, until_live
from tests.window.real.real_window import RealWindow, say

CLIENTS = 10
USERS = {"ana": "manager", "bruno": "agent"}
KEYS = ("Down", "Down", "Next", "End", "Home", "Return", "ctrl+h", "Escape", "ctrl+k", "F6", "Escape", "F5")
SAMPLE_SECONDS = 5.0
MOST_GROWTH = 1.05
"""Of the memory of the last third of a run over that of the second."""
NO_NAME, UNSAVED = N_("(no name)"), N_("There are changes that are not saved")
DISCARD = N_("Discard")
MOST_OPEN = 4
"""A card that is edited, its history, a search and a menu."""


def soak(folder: Path, seconds: float, contacts: int) -> dict[str, list[float]]:
    """Let them work; returns the memory of each window as it was sampled."""
    with Premises(folder) as office:
        ids = [office.create(name=f"Contacto {n:04}", phone=f"8{n:03}-{n:04}") for n in range(contacts)]
        people = {name: office.hire(name, role) for name, role in USERS.items()}
        windows = {name: office.open_window(name) for name in USERS}
        for name, window in windows.items():
            sign_in(window, name)
            until_live(window, name)
        memory = work(office, windows, ids, seconds)
        for name, window in windows.items():
            leave_everything(window)
            window.press("ctrl+shift+k")
            wait_for_the_same(window, people[name])
        assert [(window.quit(), window.complaints) for window in windows.values()] == [(0, "")] * len(windows)
        assert office.logged_errors() == []
    return memory


def leave_everything(window: RealWindow) -> None:
    """Close what the keys have opened, shown or not; what they have changed by chance is not kept."""
    for _ in range(MOST_OPEN):
        window.press("Escape")
        window.rest()
        if window.says(say(UNSAVED)):
            window.click(say(DISCARD))
            window.rest()


def work(office: Premises, windows: dict[str, RealWindow], ids: list[int], seconds: float) -> dict[str, list[float]]:
    """The clients change, the windows are used as people use them."""
    stop, dice = threading.Event(), random.Random(4)
    remotes = [office.hire(f"cliente-{n}", "manager") for n in range(CLIENTS)]
    teams = list(office.teams.values())
    clients = [Colleague(remote, ids, teams, n, stop) for n, remote in enumerate(remotes)]
    for client in clients:
        client.start()
    memory: dict[str, list[float]] = {name: [] for name in windows}
    end = time.monotonic() + seconds
    next_sample = time.monotonic()
    while time.monotonic() < end:
        is_due = time.monotonic() >= next_sample
        next_sample += SAMPLE_SECONDS if is_due else 0.0
        for name, window in windows.items():
            window.press(*dice.choices(KEYS, k=3))
            if is_due:
                memory[name].append(window.resident)
    stop.set()
    for client in clients:
        client.join(30)
    assert [client.error for client in clients] == [None] * CLIENTS
    assert min(client.done for client in clients) > seconds / 4
    return memory


def wait_for_the_same(window: RealWindow, person: Remote) -> None:
    """Until every row on the screen says what the server tells this person, and there is no other."""
    try:
        window.until(is_the_same(window, person))
    except AssertionError:
        raise AssertionError(differences(window, person)) from None


def is_the_same(window: RealWindow, person: Remote) -> Callable[[], bool]:
    def compare() -> bool:
        told = {one["id"]: expected(one) for one in person.ask("GET", "/contacts").body}
        shown = {row["id"]: (row["name"], row["note"], digits(row["phone"])) for row in window.rows}
        return told == shown

    return compare


def differences(window: RealWindow, person: Remote) -> str:
    """What the server tells and the window does not show, and the other way round."""
    told = {one["id"]: expected(one) for one in person.ask("GET", "/contacts").body}
    shown = {row["id"]: (row["name"], row["note"], digits(row["phone"])) for row in window.rows}
    missing, extra = sorted(told.keys() - shown.keys()), sorted(shown.keys() - told.keys())
    other = [(told[one], shown[one]) for one in sorted(told.keys() & shown.keys()) if told[one] != shown[one]]
    counts = f"told {len(told)}, shown {len(shown)}, unlike {len(other)}"
    return f"{counts}; missing {missing[:9]}, extra {extra[:9]}, unlike {other[:5]}"


def expected(contact: dict[str, Any]) -> tuple[str, str, str]:
    return contact["name"] or say(NO_NAME), contact["note"], digits(contact["phone"])


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def test_two_windows_and_ten_clients_agree_after_a_short_while(tmp_path: Path) -> None:
    soak(tmp_path, seconds=8.0, contacts=120)


@pytest.mark.long
def test_two_windows_and_ten_clients_agree_after_ten_minutes_with_flat_memory(tmp_path: Path) -> None:
    memory = soak(tmp_path, seconds=600.0, contacts=1_000)
    for name, samples in memory.items():
        third = len(samples) // 3
        before, after = median(samples[third : 2 * third]), median(samples[2 * third :])
        series = " ".join(str(round(value / 2**20)) for value in samples)
        assert after <= before * MOST_GROWTH, f"{name}, MiB every {SAMPLE_SECONDS:.0f} s: {series}"
