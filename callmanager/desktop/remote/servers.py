"""Which server is which: by the certificate that was accepted for it, or else by its address. Asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """An address, and the certificate that was accepted for it, if any."""

    address: str
    fingerprint: str | None = None


def origin_of(address: str) -> str:
    """Scheme, name and port of an address, one spelling for all of its spellings."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}:{parts.port or _PORTS.get(parts.scheme, 0)}"


def host_of(address: str) -> str:
    """The name of the PC in an address, without scheme and port."""
    return urlsplit(address).hostname or ""


def is_encrypted(address: str) -> bool:
    """Whether what is sent there can be read by nobody on the way."""
    return address.startswith("https://")
