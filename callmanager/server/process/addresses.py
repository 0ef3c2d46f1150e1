"""The addresses under which other PCs reach a server on this one, and the names it goes by.

They are those of its network cards, so that an office without a way out has them, too. Nothing is sent or looked up.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104  # recognised here, not listened on
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def reached_at(host: str) -> list[str]:
    """Where other PCs reach a server that listens on `host` (SERVER_HOST); nowhere when only this PC does."""
    if host in ALL_ADDRESSES:
        return lan_addresses(ipv6=host == "::")
    return [str(address) for address in _resolved(host) if not address.is_loopback]


def lan_addresses(*, ipv6: bool = False) -> list[str]:
    """Addresses of this PC on its networks, the one of the usual way out first, those of IPv6 last.

    Without any other, those that a PC gives itself where nothing on the network hands them out (169.254.x.x).
    """
    found = list(dict.fromkeys(_usable()))
    first = _way_out()
    known = [address for address in found if not address.is_link_local]
    fours = [address for address in known if address.version == 4]
    fours = fours or [address for address in found if address.version == 4]
    sixes = [address for address in known if address.version == 6] if ipv6 else []
    return [str(address) for address in (*sorted(fours, key=lambda one: str(one) != first), *sixes)]


def bracketed(address: str) -> str:
    """As it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def own_names() -> tuple[str, ...]:
    """The names under which this PC is known on an office network."""
    name = socket.gethostname().lower()
    return (name, f"{name}.local", f"{name}.lan", f"{name}.home")


def _usable() -> Iterator[Address]:
    import ifaddr  # noqa: PLC0415 - 20 ms that only a greeting needs

    for adapter in ifaddr.get_adapters():
        for card in adapter.ips:
            address = ipaddress.ip_address(card.ip if isinstance(card.ip, str) else card.ip[0])
            if not (address.is_loopback or address.is_unspecified or address.is_multicast):
                yield address


def _way_out() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: this only looks up the route
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _resolved(host: str) -> Iterator[Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for entry in {str(entry[4][0]): None for entry in found}:
        yield ipaddress.ip_address(entry.partition("%")[0])
