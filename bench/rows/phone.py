"""From the agent's key to the phone: a dial through the bridge, until the phone's window shows the call.

The window is the laboratory's; and, where `make windows` has put Wine, a real Win32 window.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, below, percentile, told
from bench.runs import Run
from tests.hidden_screens import open_screen
from tests.softphones.interphone_behaviour import NUMBER, Desk
from tests.softphones.phone_windows import LabStand, PhoneStand
from tests.windows.windows_phones import WindowsStand, make_phone
from tests.windows.windows_programs import WINE, end_all

MOST_SECONDS = 1.0
DIALS_OF_A_ROUND = 4


def measure(run: Run) -> list[Figure]:
    figures: list[Figure] = []
    dials = run.rounds * DIALS_OF_A_ROUND
    with tempfile.TemporaryDirectory() as folder, open_screen("1400x900") as screen:
        figures += _measure("the laboratory's window", LabStand(Path(folder), screen), dials)
        if (WINE / "env.sh").exists():
            with _on_windows(Path(folder), screen) as stand:
                figures += _measure("a Win32 window (Wine)", stand, dials)
    return figures


@contextmanager
def _on_windows(folder: Path, screen: str) -> Iterator[WindowsStand]:
    try:
        yield WindowsStand(folder, screen, make_phone(folder))
    finally:
        end_all()


def _measure(what: str, stand: PhoneStand, dials: int) -> list[Figure]:
    stand.start_phone("--other-side", "silent")
    began = time.monotonic()
    desk = Desk(stand)
    try:
        desk.await_bridge()
        start = time.monotonic() - began
        seconds = [_dial(desk, f"call-{number}") for number in range(dials)]
    finally:
        desk.driver.close()
        stand.end()
    note = f"median {percentile(seconds, 0.5):.2f} s of {dials}"
    slowest = below(f"dial in {what}, slowest", max(seconds), MOST_SECONDS, "s", note=note)
    return [slowest, told("  start of its bridge, once", start, "s")]


def _dial(desk: Desk, call_id: str) -> float:
    began = time.monotonic()
    desk.driver.dial(call_id, NUMBER)
    taken = time.monotonic() - began
    desk.driver.hang_up(call_id)
    return taken
