"""Tells the office network by multicast DNS that this server is there, so that a window finds it without an address.

It is a convenience: whatever goes wrong with it is a line of the log, and neither delays nor ends the server.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callmanager.server.logs import get_log
from callmanager.server.process.addresses import reached_at

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

SERVICE_TYPE = "_callmanager._tcp.local."
LONGEST_NAME = 40
STOP_SECONDS = 3.0
LOOK_SECONDS = 10.0

_log = get_log("server")


@dataclass(frozen=True, slots=True)
class Announced:
    """What is told: nothing that the greeting of /health does not tell everybody."""

    host: str
    port: int
    https: bool
    version: str

    @property
    def is_reachable(self) -> bool:
        """Whether another PC could come in at all."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


class Announcer:
    """From `start` to `stop`. Everything slow happens in a thread of its own, after the server answers."""

    def __init__(self, told: Announced) -> None:
        self._told = told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._announce, name="announcement", daemon=True)

    def start(self) -> None:
        """Begin, unless only this PC may come in."""
        if self._told.is_reachable:
            self._thread.start()

    def stop(self) -> None:
        """Take it back; waits a moment for the goodbye to be sent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _announce(self) -> None:
        addresses = self._await_addresses()
        if not addresses:
            return
        from zeroconf import Error, ServiceInfo, Zeroconf  # noqa: PLC0415 - slow; a start does without it

        try:
            zeroconf = Zeroconf()
        except OSError as error:
            _log.warning("not_announced", reason=type(error).__name__)
            return
        try:
            service = _service(self._told, addresses, ServiceInfo)
            zeroconf.register_service(service, allow_name_change=True, cooperating_responders=True)
            _log.info("announced", name=service.name)
            self._stopping.wait()
            zeroconf.unregister_service(service)
        except (Error, OSError, ValueError, TimeoutError) as error:
            _log.warning("not_announced", reason=type(error).__name__)
        finally:
            zeroconf.close()

    def _await_addresses(self) -> list[str]:
        """Where the server is reached; a PC that has just been switched on may get its addresses after the start."""
        addresses = reached_at(self._told.host)
        while not addresses and not self._stopping.wait(LOOK_SECONDS):
            addresses = reached_at(self._told.host)
        return addresses


def _service(told: Announced, addresses: list[str], kind: type[ServiceInfo]) -> ServiceInfo:
    name = socket.gethostname().partition(".")[0][:LONGEST_NAME] or "CallManager"
    return kind(
        SERVICE_TYPE,
        f"{name}.{SERVICE_TYPE}",
        port=told.port,
        parsed_addresses=addresses,
        properties={"tls": "1" if told.https else "0", "version": told.version},
        server=f"{name}.local.",
    )
