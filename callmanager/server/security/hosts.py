"""Who is at the other end: the caller's address, whether it is this very PC, and which hosts and origins are ours.

Everything in a request may be forged except the address of its TCP peer. Headers are believed only as far as a
configured proxy vouches for them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What proxies add of their own accord; no browser and no program of ours sends any of these.
FORWARDING_HEADERS = frozenset(
    {
        *("forwarded", "via", "x-forwarded", "x-real-ip", "x-client-ip", "client-ip", "true-client-ip", "remote-addr"),
        *("x-cluster-client-ip", "x-original-host", "x-original-url", "x-original-forwarded-for", "x-host", "x-scheme"),
        *("x-proxyuser-ip", "wl-proxy-client-ip", "proxy-client-ip", "cdn-loop", "fastly-client-ip", "max-forwards"),
    }
)
FORWARDING_PREFIXES = ("x-forwarded-", "x-arr-", "x-envoy-", "x-appengine-", "cf-", "x-amzn-")
OLD_HTTP = frozenset({"0.9", "1.0"})
HOST_PATTERN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[\w.-]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MOST_HOPS = 20


class Host(NamedTuple):
    """`name` in lower case, without brackets or final dot; `port` is None when the text names none."""

    name: str
    port: int | None


def parse_host(text: str) -> Host | None:
    """The name and port of a Host header; None when it is not of that form."""
    found = HOST_PATTERN.fullmatch(text) if len(text) <= 300 else None
    if not found:
        return None
    name = (found["v6"] or found["name"]).lower().removesuffix(".")
    return Host(name, int(found["port"]) if found["port"] else None) if name else None


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The proxies of the settings: addresses (`192.168.1.5`) or networks (`10.0.0.0/8`). Raises Invalid."""
    return tuple(_parse_network(text) for text in texts)


def client_address(remote_addr: str | None, headers: Mapping[str, str], trusted_proxies: Collection[str]) -> str:
    """The address to count and log for the caller, in one spelling.

    It is the TCP peer's; behind configured proxies, the right-most address of X-Forwarded-For that is not one of
    them. A peer without an address (a Unix socket) is "local".
    """
    peer = parse_address(remote_addr or "")
    if peer is None:
        return "local"
    return str(_believed(peer, _lowered(headers), _networks(tuple(trusted_proxies))))


def is_loopback(
    remote_addr: str | None, headers: Mapping[str, str], trusted_proxies: Collection[str], *, http_version: str = "1.1"
) -> bool:
    """Whether the request was made on this very PC by a program or page of ours, not through or by another.

    The peer is loopback and no proxy of the settings; the Host header names loopback (a page that rebinds its own
    name to 127.0.0.1 sends its name); no page of another origin made it; and nothing shows that somebody forwards.
    What a forwarder says of its client gives nobody these rights. docs/decisions/0104 says what this cannot tell.
    """
    peer = parse_address(remote_addr or "")
    lowered = _lowered(headers)
    host = parse_host(lowered.get("host", ""))
    if peer is None or not peer.is_loopback or host is None or not _is_loopback_name(host.name):
        return False
    if lowered.get("sec-fetch-site") == "cross-site" or not is_same_origin(lowered.get("origin"), lowered["host"], ()):
        return False
    is_listed = _is_inside(peer, _networks(tuple(trusted_proxies)))
    return not is_listed and find_forwarding(lowered, http_version=http_version) is None


def find_forwarding(headers: Mapping[str, str], *, http_version: str = "1.1") -> str | None:
    """What shows that a proxy passed this request on, for the log; None when nothing does.

    Beside the headers that proxies add: HTTP 1.0, which nginx speaks to the server behind it unless told otherwise and
    which browsers, curl and our own programs do not speak; and `Connection: upgrade` to nothing, from the line for
    WebSockets that many copy into nginx.
    """
    lowered = _lowered(headers)
    for name in lowered:
        if name in FORWARDING_HEADERS or name.startswith(FORWARDING_PREFIXES):
            return name
    if http_version in OLD_HTTP:
        return f"HTTP/{http_version}"
    wants_upgrade = "upgrade" in lowered.get("connection", "").lower()
    return "connection" if wants_upgrade and "upgrade" not in lowered else None


def is_listed_proxy(remote_addr: str | None, trusted_proxies: Collection[str]) -> bool:
    """Whether the TCP peer is one of TRUSTED_PROXIES."""
    peer = parse_address(remote_addr or "")
    return peer is not None and _is_inside(peer, _networks(tuple(trusted_proxies)))


def is_same_origin(origin: str | None, host: str, allowed_origins: Collection[str]) -> bool:
    """Whether a page of `origin` may talk to us: it came from `host` itself, or IT listed its origin.

    None is a program that is no browser: it sends no Origin, and no page can make it. The scheme is not compared
    with ours, because behind a proxy that ends TLS we do not know what the browser saw.
    """
    if origin is None:
        return True
    given = _parse_origin(origin)
    if given is None:
        return False
    scheme, there = given
    here = parse_host(host)
    if here is not None and (here.name, here.port or DEFAULT_PORTS[scheme]) == there:
        return True
    return given in [_parse_origin(allowed) for allowed in allowed_origins]


def is_allowed_host(host: str, allowed: Collection[str]) -> bool:
    """Whether a Host header may name us: localhost, any IP address, or a name in `allowed` (`pc-1`, `*.office.lan`).

    Addresses are always good: only a name can be made to point at us by somebody else (DNS rebinding). `*` allows all.
    """
    parsed = parse_host(host)
    if parsed is None:
        return False
    if parsed.name == "localhost" or parse_address(parsed.name) is not None:
        return True
    return any(_is_host_match(parsed.name, pattern.lower().removesuffix(".")) for pattern in allowed)


def _is_host_match(name: str, pattern: str) -> bool:
    return pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]) and name != pattern[1:])


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _believed(peer: Address, lowered: Mapping[str, str], networks: tuple[Network, ...]) -> Address:
    """From the right: each proxy of ours vouches for the address before it, up to the first that cannot be read."""
    believed = peer
    for hop in reversed(lowered.get("x-forwarded-for", "").rsplit(",", MOST_HOPS)):
        before = _parse_hop(hop) if _is_inside(believed, networks) else None
        if before is None:
            break
        believed = before
    return believed


def _parse_hop(text: str) -> Address | None:
    """An address as proxies write it: bare, `1.2.3.4:5555` or `[::1]:5555`."""
    text = text.strip()
    bare = parse_address(text)
    if bare is not None:
        return bare
    host = parse_host(text)
    return parse_address(host.name) if host else None


def parse_address(text: str) -> Address | None:
    """The address in one spelling: IPv4 inside IPv6 as IPv4, without the zone that names a network card."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_inside(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _is_loopback_name(name: str) -> bool:
    address = parse_address(name)
    return name == "localhost" if address is None else address.is_loopback


def _parse_origin(text: str) -> tuple[str, tuple[str, int]] | None:
    try:
        parts = urlsplit(text.strip().lower())
    except ValueError:
        return None
    host = parse_host(parts.netloc)
    if parts.scheme not in DEFAULT_PORTS or host is None or parts.path.strip("/") or parts.query or parts.fragment:
        return None
    return parts.scheme, (host.name, host.port or DEFAULT_PORTS[parts.scheme])


@lru_cache(maxsize=16)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return parse_networks(texts)


def _parse_network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Invalid(
            "proxy_invalid",
            N_("%(text)s is not the address of a proxy. Write an address (192.168.1.5) or a network (10.0.0.0/8)."),
            text=text,
        ) from error
