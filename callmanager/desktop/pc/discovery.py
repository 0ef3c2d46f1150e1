"""Finds CallManager servers on the office network by multicast DNS, when the user asks for it.

What answers is only a suggestion: anybody on the network can announce a name, so the user still sees where he signs in.
"""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass
from typing import Any

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

SERVICE_TYPE = "_callmanager._tcp.local."
LOOK_SECONDS = 3.0
RESOLVE_MILLISECONDS = 1_500
MOST_SERVERS = 50


@dataclass(frozen=True, slots=True)
class Announced:
    """A server that says that it is there: the name of its PC and how it wants to be addressed."""

    name: str
    address: str
    version: str


def find_servers(seconds: float = LOOK_SECONDS) -> list[Announced]:
    """Who answers within `seconds`. Waits that long; not for the window's thread. Raises Unavailable."""
    from zeroconf import ServiceBrowser, Zeroconf  # noqa: PLC0415 - slow, and not needed by most starts

    try:
        zeroconf = Zeroconf()
    except OSError as error:
        raise Unavailable(
            "network_search_failed",
            N_("The network cannot be searched from this PC. Write the address of the server instead."),
        ) from error
    heard = _Heard()
    try:
        browser = ServiceBrowser(zeroconf, SERVICE_TYPE, handlers=[heard.take])
        threading.Event().wait(seconds)
        browser.cancel()
        found = [
            _announced(zeroconf.get_service_info(SERVICE_TYPE, name, RESOLVE_MILLISECONDS)) for name in heard.names()
        ]
    finally:
        zeroconf.close()
    return sorted({one for one in found if one is not None}, key=lambda one: (one.name, one.address))


class _Heard:
    """The names that answered, from zeroconf's thread."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def names(self) -> list[str]:
        return list(self._names)[:MOST_SERVERS]

    def take(self, *, name: str, state_change: Any, **_more: Any) -> None:
        """As zeroconf calls its handlers."""
        if state_change.name == "Removed":
            self._names.pop(name, None)
        else:
            self._names[name] = None


def _announced(service: Any) -> Announced | None:
    if service is None or not service.port:
        return None
    told = {key: value for key, value in service.decoded_properties.items() if value is not None}
    hosts = [host for host in service.parsed_addresses() if _is_usable(host)]
    if not hosts:
        return None
    scheme = "https" if told.get("tls") == "1" else "http"
    host = f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0]
    name = service.name.removesuffix("." + SERVICE_TYPE)
    return Announced(name[:80], f"{scheme}://{host}:{service.port}", told.get("version", "")[:20])


def _is_usable(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # an address of IPv6 that counts on one cable alone would need the name of the network card
    is_of_one_cable = address.version == 6 and address.is_link_local
    return not (address.is_unspecified or address.is_multicast or is_of_one_cable)
