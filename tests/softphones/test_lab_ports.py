"""How the laboratory knows that one of its programs is there."""

from __future__ import annotations

import socket

from tests.sip_lab.processes import is_taken

LOOPBACK = "127.0.0.1"


def test_a_port_is_taken_by_who_listens_and_not_by_what_is_left_of_his_connections() -> None:
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)) as caller:
            assert is_taken(port, socket.SOCK_STREAM)
            served, _address = listening.accept()
            listening.close()
            served.close()  # first, as a program that is killed does
            caller.recv(1)
    assert not is_taken(port, socket.SOCK_STREAM)
