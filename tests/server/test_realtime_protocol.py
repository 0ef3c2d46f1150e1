"""A window and a server of other releases: both say what they understand, and whoever is too old is told so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import socketio

from callmanager.domain import protocol
from callmanager.domain.errors import Forbidden
from callmanager.domain.protocol import OLDEST_WINDOW, PROTOCOL, Understanding, check_window, handshake
from tests.live_server import start_server

KEY = "clave-configurada-para-las-pruebas"


def test_a_window_of_this_release_is_understood() -> None:
    assert check_window(handshake()) == Understanding(PROTOCOL, frozenset(protocol.UNDERSTOOD))


def test_who_says_nothing_is_a_window_from_before() -> None:
    assert check_window({"token": "x"}) == Understanding(1, frozenset())
    assert OLDEST_WINDOW <= 1, "windows of the last two releases are let in"


@pytest.mark.parametrize(
    "said", [{"protocol": "2"}, {"protocol": True, "understands": "all"}, {"understands": [1, "x" * 99]}]
)
def test_what_is_no_number_or_name_is_passed_over(said: dict[str, Any]) -> None:
    assert check_window(said) == Understanding(1, frozenset())


def test_a_window_that_is_too_old_is_told_to_be_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "OLDEST_WINDOW", PROTOCOL + 1)  # a server of a later release
    with pytest.raises(Forbidden) as refused:
        check_window(handshake())
    assert refused.value.code == "window_too_old"


def test_a_window_newer_than_the_server_is_told_which_side_to_update(tmp_path: Path) -> None:
    with start_server(tmp_path, AUTH_TOKENS=[KEY], LANGUAGE="es") as server:
        said, refusals = {"api_key": KEY, "language": "es", **handshake(), "needs": PROTOCOL + 1}, []
        client = socketio.Client(reconnection=False)
        client.on("connect_error", refusals.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(server.url, auth=said, transports=["websocket"])
        assert refusals[0]["data"]["code"] == "server_too_old"
        assert "servidor" in refusals[0]["message"]
        client.connect(server.url, auth={"api_key": KEY}, transports=["websocket"])
        assert client.call("sync", {})["protocol"] == PROTOCOL
        client.disconnect()
