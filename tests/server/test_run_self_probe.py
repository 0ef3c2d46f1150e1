"""The server notices when its own door is shut, and when it opens again."""

import socket

from callmanager.server.process.self_probe import SelfProbe


def test_a_door_that_is_shut_is_counted_until_it_opens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        probe = SelfProbe("127.0.0.1", port)
        assert probe.try_once()
    assert not probe.try_once()
    assert not probe.try_once()
    assert probe.failures == 2
    with socket.create_server(("127.0.0.1", port)):
        assert probe.try_once()
    assert probe.failures == 0
