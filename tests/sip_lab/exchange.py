"""The exchange of the laboratory: kamailio, which puts each number through to the peer of its last digit."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.sip_lab.processes import LOOPBACK, LabProcess, free_port, is_taken

_PROGRAM = "kamailio"
_SYSTEM_FOLDER = "/usr/sbin"
"""Where Debian keeps it, out of the PATH of ordinary users."""

_CONFIG = """\
#!KAMAILIO
debug=0
log_stderror=yes
fork=no
children=1
listen=udp:{host}:{port}
disable_tcp=yes
dns=no
rev_dns=no
request_route {{
{routes}
}}
"""
_ROUTE = '    if (uri =~ "^sip:[0-9]*{digit}@") {{ rewritehostport("{address}"); forward(); exit; }}'


class LabExchange:
    """Forwards without a state of its own, so that every answer is the peer's. What has no route is dropped.

    `peers`: the address (`host:port`) for each last digit.
    """

    def __init__(self, folder: Path, peers: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        self.address = f"{LOOPBACK}:{self._port}"
        routes = "\n".join(_ROUTE.format(digit=digit, address=address) for digit, address in peers.items())
        config = folder / "kamailio.cfg"
        config.write_text(_CONFIG.format(host=LOOPBACK, port=self._port, routes=routes), "utf-8")
        program = find_exchange() or _PROGRAM
        places = ("-Y", str(folder), "-P", str(folder / "kamailio.pid"))
        command = (program, "-f", str(config), "-DD", "-E", "-m", "8", "-M", "4", *places)
        self.process = LabProcess(command, folder / "kamailio.log", self._is_listening)

    def _is_listening(self) -> bool:
        return is_taken(self._port, socket.SOCK_DGRAM)


def find_exchange() -> str | None:
    """The program, if it is installed."""
    return shutil.which(_PROGRAM) or shutil.which(_PROGRAM, path=_SYSTEM_FOLDER)
