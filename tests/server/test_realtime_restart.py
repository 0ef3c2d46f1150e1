"""A server that restarts under connected windows: all come back and know everything, and nobody else is harmed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import socketio

from tests.server.live_office import LiveOffice, shut

WINDOWS = 25


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path)
    yield opened
    opened.close()


def test_windows_that_reconnect_by_themselves_are_all_back_within_ten_seconds(office: LiveOffice) -> None:
    clients = [
        socketio.Client(reconnection_delay=0.2, reconnection_delay_max=1, randomization_factor=0.5)
        for _ in range(WINDOWS)
    ]
    for client in clients:
        client.connect(office.url, auth={"api_key": office.keys["agent-norte"]}, transports=["websocket"])
    office.restart()
    began = time.monotonic()
    seq = office.create()["seq"]
    waiting = set(range(WINDOWS))
    while waiting and time.monotonic() - began < 10:
        for number in list(waiting):
            if clients[number].connected and clients[number].call("sync", {}, timeout=5)["seq"] >= seq:
                waiting.discard(number)
        clients[0].sleep(0.05)
    for client in clients:
        shut(client)
    assert waiting == set()
