"""Tries an address and says in words what is there: the connection test of the first start. Signs nobody in."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from requests.exceptions import Timeout

from callmanager.desktop.remote.certificates import fetch_fingerprint
from callmanager.desktop.remote.rest import Remote, check_address, https_needed
from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.texts import N_

REACH_SECONDS = 4.0
MOST_SKEW = timedelta(minutes=2)
DEFAULT_PORT = 5000


@dataclass(frozen=True, slots=True)
class Note:
    """Something that does not stand in the way and that the user should know: a msgid with its params."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A CallManager server that answers."""

    address: str
    version: str
    notes: tuple[Note, ...] = ()


def complete_address(text: str) -> str:
    """What a person typed, with `http://` and the usual port where they are missing. Raises Invalid."""
    address = check_address(text)
    parts = urlsplit(address)
    if parts.port is None and parts.scheme == "http" and "://" not in text:
        return f"{address}:{DEFAULT_PORT}"
    return address


def probe(
    address: str, *, own_version: str, clock: Clock, fingerprint: str | None = None, seconds: float = REACH_SECONDS
) -> FoundServer:
    """Look for a server at `address`, and wait `seconds` for each answer.

    Raises Invalid (address_invalid, not_callmanager, https_needed, http_needed) and Unavailable (name_not_found,
    port_closed, no_answer, network_missing, server_failed, certificate_changed, and certificate_unknown, whose
    field `fingerprint` is what the user may accept).
    """
    address = check_address(address)
    parts = urlsplit(address)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    _reach(host, port, seconds)
    asked_at = clock.now()
    remote = Remote(address, fingerprint=fingerprint, answer_seconds=seconds)
    try:
        body = remote.ask("GET", "/health", anonymous=True).body
    except CallManagerError as error:
        raise _why(error, host, port, seconds, is_secure=parts.scheme == "https") from error
    finally:
        remote.close()
    return _found(address, body, asked_at, own_version)


def _reach(host: str, port: int, seconds: float) -> None:
    where: dict[str, Any] = {"host": host, "port": port}
    try:
        socket.create_connection((host, port), seconds).close()
    except socket.gaierror as error:
        raise Unavailable(
            "name_not_found",
            N_("There is no PC named %(host)s on this network. Check the name, or write the address in numbers."),
            **where,
        ) from error
    except UnicodeError as error:
        raise Invalid("address_invalid", N_("%(host)s cannot be the name of a PC."), **where) from error
    except ConnectionRefusedError as error:
        raise Unavailable(
            "port_closed",
            N_(
                "%(host)s is on, but no program answers at port %(port)s. Check that the server is started, "
                "and the number of the port."
            ),
            **where,
        ) from error
    except TimeoutError as error:
        raise Unavailable(
            "no_answer",
            N_(
                "%(host)s does not answer at port %(port)s. Check that it is on and that its firewall "
                "lets CallManager through."
            ),
            **where,
        ) from error
    except OSError as error:
        raise Unavailable(
            "network_missing",
            N_("This PC does not reach %(host)s. Check the network cable or the wireless connection."),
            **where,
        ) from error


def _why(error: CallManagerError, host: str, port: int, seconds: float, *, is_secure: bool) -> CallManagerError:
    """The plainest reason for a request that failed although somebody listens."""
    if isinstance(error.__cause__, Timeout):
        return _silent(host, port)
    seen = _seen_fingerprint(host, port, seconds)
    if error.code == "certificate_untrusted":
        return _unknown_certificate(host, seen)
    if error.code == "certificate_changed":
        error.fields["fingerprint"] = seen  # it can be accepted, once IT has confirmed it
    if error.code in ("certificate_changed", "server_failed"):
        return error
    if not is_secure and seen:
        return https_needed(host)
    return _not_callmanager(host, port)


def _silent(host: str, port: int) -> Unavailable:
    return Unavailable(
        "no_answer",
        N_(
            "%(host)s takes the connection at port %(port)s and then says nothing. Check the port, "
            "or start the server again."
        ),
        host=host,
        port=port,
    )


def _seen_fingerprint(host: str, port: int, seconds: float) -> str:
    try:
        return fetch_fingerprint(host, port, seconds)
    except (OSError, ValueError):
        return ""


def _unknown_certificate(host: str, seen: str) -> CallManagerError:
    if not seen:
        return Invalid(
            "http_needed",
            N_("The server at %(host)s has no secure connection. Write http:// before its name."),
            host=host,
        )
    return Unavailable(
        "certificate_unknown",
        N_(
            "This PC does not know the certificate of %(host)s. Accept it only if its fingerprint is the one "
            "that IT gave you."
        ),
        fields={"fingerprint": seen},
        host=host,
    )


def _not_callmanager(host: str, port: int) -> Invalid:
    return Invalid(
        "not_callmanager",
        N_("Another program answers at port %(port)s of %(host)s; it is not CallManager. Check the port."),
        host=host,
        port=port,
    )


def _found(address: str, body: Any, asked_at: datetime, own_version: str) -> FoundServer:
    try:
        version, there = str(body["version"]), datetime.fromisoformat(body["time"])
        skew = there - asked_at
    except (KeyError, TypeError, ValueError) as error:
        parts = urlsplit(address)
        raise _not_callmanager(str(parts.hostname), parts.port or 80) from error
    return FoundServer(address, version, tuple(note for note in (_skewed(skew), _other(version, own_version)) if note))


def _skewed(skew: timedelta) -> Note | None:
    minutes = round(abs(skew).total_seconds() / 60)
    if abs(skew) <= MOST_SKEW:
        return None
    message = (
        N_("The clock of this PC is %(minutes)s minutes slow against the server's. Set it right.")
        if skew > timedelta()
        else N_("The clock of this PC is %(minutes)s minutes fast against the server's. Set it right.")
    )
    return Note("clock_skew", message, {"minutes": minutes})


def _other(version: str, own: str) -> Note | None:
    if version.split(".")[:2] == own.split(".")[:2]:
        return None
    return Note(
        "other_version",
        N_("The server is version %(server)s and this program is %(own)s. Ask IT to update the older one."),
        {"server": version, "own": own},
    )
