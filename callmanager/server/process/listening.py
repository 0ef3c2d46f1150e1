"""The port of the server: opens it, or says why it cannot be opened."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Any

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

if sys.platform != "win32":
    import resource

BACKLOG = 512
MOST_OPEN_FILES = 10_240
"""More than enough, and the most that macOS grants."""

_BUSY = {errno.EADDRINUSE, 10048, 10013}  # Windows has numbers of its own: in use, and in use exclusively


def bind_listener(host: str, port: int) -> socket.socket:
    """A socket that already listens: who connects from now on waits for the answer instead of being refused.

    Raises Unavailable: port_busy, port_forbidden, or address_unusable.
    """
    family, address = _resolved(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        _prepare(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    listener.setblocking(False)
    return listener


def allow_open_files() -> None:
    """Let this process have as many open files as the system grants: each client holds two, and a shell or a service
    begins with 1,024. Windows has no such limit."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_files_granted() -> int | None:
    """How many files this process may have open at a time; None where there is no limit."""
    if sys.platform == "win32":
        return None
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _unusable(host) from error
    by_preference = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)  # localhost: the one clients try
    family, _kind, _protocol, _name, address = by_preference[0]
    return family, address


def _prepare(listener: socket.socket) -> None:
    if sys.platform == "win32":  # there REUSEADDR would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if listener.family == socket.AF_INET6:  # "::" is all addresses, those of IPv4 too: Linux does so unasked
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _refused(host: str, port: int, error: OSError) -> Unavailable:
    if error.errno in _BUSY:
        return Unavailable(
            "port_busy",
            N_(
                "Port %(port)s is in use by another program. Write SERVER_PORT = %(other)s in config.py, and the same "
                "port in the SERVER_URL of each client."
            ),
            fields={"port": port},
            port=port,
            other=port + 1 if port < 65535 else 5001,
        )
    if error.errno == errno.EACCES:
        return Unavailable(
            "port_forbidden",
            N_("This account may not listen on port %(port)s. Write SERVER_PORT = 5000 in config.py."),
            fields={"port": port},
            port=port,
        )
    return _unusable(host)


def _unusable(host: str) -> Unavailable:
    return Unavailable(
        "address_unusable",
        N_('This PC has no address %(host)s. Write SERVER_HOST = "0.0.0.0" in config.py to listen on all it has.'),
        fields={"host": host},
        host=host,
    )
