"""Never again 19: sockets without credentials, and events that say themselves who sends them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import socketio
import socketio.exceptions

from callmanager.domain.permissions import Permission
from callmanager.server.realtime.handlers import EVENTS
from tests.server.live_office import LiveOffice, shut


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path)
    yield opened
    opened.close()


def test_a_program_without_credential_hears_and_does_nothing(office: LiveOffice) -> None:
    client = socketio.Client(reconnection=False)
    heard: list[object] = []
    client.on("changes", heard.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(office.url, transports=["websocket"], wait_timeout=5)
    office.create()
    with pytest.raises(socketio.exceptions.SocketIOError):
        client.call("sync", {}, timeout=1)
    shut(client)
    assert heard == []


@pytest.mark.parametrize("forged", ["user", "user_id", "actor", "role", "name"])
def test_no_event_takes_the_name_of_its_sender(office: LiveOffice, forged: str) -> None:
    with office.window("agent-norte") as window:
        for event in EVENTS:
            assert window.call(event, **{forged: "boss"})["error"]["code"] == "invalid_input", event


def test_every_event_declares_a_permission_and_a_model_that_refuses_the_unknown() -> None:
    for declared in EVENTS.values():
        assert isinstance(declared.permission, Permission)
        assert declared.body.model_config["extra"] == "forbid"
