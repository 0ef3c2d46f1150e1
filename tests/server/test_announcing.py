"""A server on the office network is found by name; one for its own PC only is not told to anybody."""

from __future__ import annotations

import socket

import pytest

from callmanager.desktop.pc.discovery import find_servers
from callmanager.server.process.announcing import Announced, Announcer
from callmanager.settings import load_settings
from tests.live_server import free_port


def network_address() -> str:
    """This PC's own on its network; a machine without one cannot take part."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_server_for_its_own_pc_only_announces_nothing(host: str) -> None:
    assert not Announced(host, 5000, https=False, version="1").is_reachable


def test_announcing_is_on_unless_it_is_switched_off(tmp_path: object) -> None:
    assert load_settings(tmp_path, {}, {}).ANNOUNCE_ON_NETWORK  # type: ignore[arg-type]
    assert not load_settings(tmp_path, {"ANNOUNCE_ON_NETWORK": False}, {}).ANNOUNCE_ON_NETWORK  # type: ignore[arg-type]


@pytest.mark.filterwarnings("default")  # sockets of the library's own
def test_an_announced_server_is_found_with_its_address_and_is_gone_when_it_stops() -> None:
    address, port = network_address(), free_port()
    announcement = Announcer(Announced("0.0.0.0", port, https=True, version="9.9"))
    announcement.start()
    try:
        found = next(one for _attempt in range(5) for one in find_servers(2.0) if one.address.endswith(f":{port}"))
    finally:
        announcement.stop()
    assert found.address == f"https://{address}:{port}"
    assert found.version == "9.9"
    assert not [one for one in find_servers(1.0) if one.address.endswith(f":{port}")]


def test_a_network_that_takes_no_multicast_is_a_line_of_the_log_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    import zeroconf  # noqa: PLC0415

    def refuse(*_given: object) -> None:
        raise OSError("no multicast here")

    monkeypatch.setattr(zeroconf, "Zeroconf", refuse)
    announcement = Announcer(Announced("0.0.0.0", 5000, https=False, version="1"))
    announcement.start()
    announcement.stop()
    with pytest.raises(Exception, match="cannot be searched"):
        find_servers(0.0)
