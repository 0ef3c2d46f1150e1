"""Certificates that a user accepted by their fingerprint: how one is seen, and how only that one is spoken to."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter

SEE_SECONDS = 5.0
Context = TypeVar("Context", bound=ssl.SSLContext)


def fetch_fingerprint(host: str, port: int, seconds: float = SEE_SECONDS) -> str:
    """SHA-256 of the certificate that a server shows, as `AB:CD:...`. Nothing else is said to it.

    Raises OSError: nobody there, or no TLS (ssl.SSLError).
    """
    context = _unchecked(ssl.SSLContext)
    with (
        socket.create_connection((host, port), seconds) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return fingerprint_of(secured.getpeercert(binary_form=True) or b"")


def fingerprint_of(certificate: bytes) -> str:
    """Of a certificate in DER, as `callmanager tls init` prints it."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


class PinnedContext(ssl.SSLContext):
    """A context that speaks to the holder of one certificate only, whoever signed it."""

    fingerprint = ""

    def wrap_socket(self, sock: socket.socket, *args: Any, **how: Any) -> ssl.SSLSocket:
        """Raises ssl.SSLCertVerificationError before anything is sent to another."""
        secured = super().wrap_socket(sock, *args, **how)
        shown = fingerprint_of(secured.getpeercert(binary_form=True) or b"")
        if not hmac.compare_digest(shown, self.fingerprint):
            secured.close()
            raise ssl.SSLCertVerificationError("another certificate than the one that was accepted")
        return secured


def pinned_context(fingerprint: str) -> PinnedContext:
    """For a socket that only the certificate of `fingerprint` may answer."""
    context = _unchecked(PinnedContext)
    context.fingerprint = fingerprint
    return context


class PinnedAdapter(HTTPAdapter):
    """The same for requests; to be mounted on a session whose `verify` is False."""

    def __init__(self, fingerprint: str, connections: int) -> None:
        self._fingerprint = fingerprint
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **how: Any) -> None:
        """As requests does, with the fingerprint in the place of authorities."""
        super().init_poolmanager(*args, **how, assert_fingerprint=self._fingerprint)


def _unchecked(kind: type[Context]) -> Context:
    """No authority is asked, since the fingerprint says it all. TLS 1.2 at least."""
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
