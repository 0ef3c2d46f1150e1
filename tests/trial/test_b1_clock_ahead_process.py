"""B1 with a real server: its process has a clock that is ahead, which is set right while it runs, or over a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from callmanager.domain.clock import from_wire
from tests.conftest import find_faketime
from tests.live_server import RunningServer, start_server

pytestmark = pytest.mark.faketime
KEY = "la-llave-de-esta-prueba-0001"
SHIFTS = {"1 h": "+3600", "1 d": "+86400", "2 years": "+63072000", "2 years behind": "-63072000"}
LIFE_SECONDS = 45 + 5 + 5


class FakedPc:
    """A PC whose clock the test sets; servers that are started meanwhile follow it, their stopwatch runs as ever."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._setting = folder, folder / "clock.txt"
        self._setting.write_text("+0")
        library = find_faketime()
        self._shifted = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._setting),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self._patch = monkeypatch

    def set_clock(self, shift: str) -> None:
        self._setting.write_text(shift)

    @contextmanager
    def server(self) -> Iterator[RunningServer]:
        with self._patch.context() as patch:
            for name, value in self._shifted.items():
                patch.setenv(name, value)
            started = start_server(self.folder / "office", AUTH_TOKENS={KEY: ""})
        with started:
            yield started


@pytest.fixture
def pc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakedPc:
    return FakedPc(tmp_path, monkeypatch)


def ask(server: RunningServer, method: str, path: str, **how: Any) -> requests.Response:
    headers = {"X-API-Key": KEY, "Accept-Language": "en"}
    return requests.request(method, f"{server.url}{path}", headers=headers, timeout=30, **how)


def off(wire: str) -> timedelta:
    """How far an instant is from the right present."""
    return abs(from_wire(wire) - datetime.now(UTC))


def test_a_server_whose_clock_is_an_hour_ahead_and_is_set_right_while_it_runs(pc: FakedPc) -> None:
    pc.set_clock(SHIFTS["1 h"])
    with pc.server() as server:
        assert off(ask(server, "GET", "/health").json()["time"]) > timedelta(minutes=59)
        contact = ask(server, "POST", "/contacts", json={"phone": "8811-0001"}).json()
        lease = ask(server, "PUT", f"/contacts/{contact['id']}/lock", json={"purpose": "edit"}).json()
        pc.set_clock("+0")
        renewed = ask(server, "POST", "/contacts", json={"phone": "8811-0002"})  # the first write sees it
        assert renewed.status_code == 201
        held = ask(server, "GET", f"/contacts/{contact['id']}").json()["lock"]
        assert off(held["since"]) < timedelta(seconds=30)
        assert from_wire(held["expires_at"]) < from_wire(lease["expires_at"]) - timedelta(minutes=59)
        ready = ask(server, "GET", "/health/ready").json()
        assert [notice["code"] for notice in ready["warnings"]] == ["log_ahead"]
        assert server.stop() == 0
        assert "clock.set" in server.log()
    with start_server(pc.folder / "office", AUTH_TOKENS={KEY: ""}) as server:
        wait_for(lambda: "ahead" in server.printed() or "adelantad" in server.printed())
        assert "log_ahead" in server.log()


@pytest.mark.long
@pytest.mark.parametrize("shift", SHIFTS.values(), ids=SHIFTS)
def test_locks_of_a_server_with_a_wrong_clock_end_in_their_time(pc: FakedPc, shift: str) -> None:
    pc.set_clock(shift)
    with pc.server() as server:
        contact = ask(server, "POST", "/contacts", json={"phone": "8811-0001"}).json()
        path = f"/contacts/{contact['id']}"
        assert ask(server, "PUT", f"{path}/lock", json={"purpose": "edit"}).status_code == 200
        server.kill()
    pc.set_clock("+0")
    with pc.server() as server:
        began = time.monotonic()
        wait_for(lambda: ask(server, "GET", path).json()["lock"] is None, seconds=LIFE_SECONDS + 15)
        assert time.monotonic() - began < LIFE_SECONDS + 10
        assert ask(server, "PUT", f"{path}/lock", json={"purpose": "edit"}).status_code == 200
        pc.set_clock(shift)
        pc.set_clock("+0")
        assert ask(server, "GET", path).json()["lock"] is not None


def wait_for(seen: Any, *, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.1)
