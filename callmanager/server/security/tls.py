"""The files of TLS for `callmanager tls init` and `doctor`: the office's own authority and the server's certificate.

certificates.py (and with it cryptography, which is slow to import) is loaded only when certificates are made or dated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from callmanager.domain.errors import Conflict, Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.security.private_files import replace_private

if TYPE_CHECKING:
    from cryptography import x509

    from callmanager.server.security.certificates import Signed

CA_FILE, CA_KEY_FILE = "ca.pem", "ca-key.pem"
CERT_FILE, KEY_FILE = "server.pem", "server-key.pem"
CERTIFICATE_PATTERN = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# Windows allows an underscore in the name of a PC.
LABEL_PATTERN = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


class TlsFiles(NamedTuple):
    """`ca` goes to the clients; `cert` and `key` are TLS_CERT and TLS_KEY; people compare the server's fingerprint."""

    ca: Path
    cert: Path
    key: Path
    fingerprint_sha256: str


def init_tls(folder: Path, names: list[str], *, now: datetime, overwrite: bool = False) -> TlsFiles:
    """Make an authority and a certificate of two years for `names` (host names and addresses) in `folder`.

    With `overwrite` the certificate is made anew, by the authority that is there as long as it outlives it, so that
    clients that trust the authority need nothing new. Keys are readable by their owner only.

    Raises Conflict (tls_exists) when there are files and `overwrite` is not given, Invalid for a name that cannot
    stand in a certificate or a damaged authority, Unavailable when the folder cannot be read or written.
    """
    checked = check_names(names)
    if not overwrite and any((folder / name).exists() for name in (CA_FILE, CA_KEY_FILE, CERT_FILE, KEY_FILE)):
        raise Conflict(
            "tls_exists",
            N_("There are certificates in %(folder)s already. Say explicitly that they are to be replaced."),
            folder=str(folder),
        )
    try:
        return _make(folder, checked, now)
    except OSError as error:
        raise Unavailable(
            "tls_not_written",
            N_("The certificates in %(folder)s could not be written. Check that this account may write there."),
            folder=str(folder),
        ) from error


def check_names(names: list[str]) -> list[str]:
    """Host names in lower case ASCII and addresses in one spelling, each once. Raises Invalid."""
    checked = list(dict.fromkeys(_checked_name(name) for name in names))
    if not checked:
        raise Invalid("tls_names_missing", N_("Give at least one name or address by which the clients reach this PC."))
    return checked


def fingerprint(cert_path: Path) -> str:
    """SHA-256 of the first certificate in a PEM file, in pairs of hexadecimal digits: `AB:CD:...`. Raises Invalid."""
    found = CERTIFICATE_PATTERN.search(_read(cert_path))
    try:
        der = base64.b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        der = b""
    if not der:
        raise _damaged(cert_path)
    return hashlib.sha256(der).digest().hex(":").upper()


def days_left(cert_path: Path, now: datetime) -> int:
    """Whole days until the certificate expires, negative when it has. Raises Invalid."""
    return (_certificate(cert_path).not_valid_after_utc - now).days


def good_from(cert_path: Path) -> datetime:
    """The first instant at which the certificate is good. Raises Invalid."""
    return _certificate(cert_path).not_valid_before_utc


def _certificate(cert_path: Path) -> x509.Certificate:
    from callmanager.server.security.certificates import load_certificate  # noqa: PLC0415 - see above

    try:
        return load_certificate(_read(cert_path))
    except ValueError as error:
        raise _damaged(cert_path) from error


def _make(folder: Path, names: list[str], now: datetime) -> TlsFiles:
    from callmanager.server.security.certificates import SERVER_LIFE, new_authority, new_server  # noqa: PLC0415

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _find_authority(folder)
    if authority is None or authority.certificate.not_valid_after_utc < now + SERVER_LIFE:
        authority = new_authority(now)
        _write(authority, folder / CA_FILE, folder / CA_KEY_FILE)
    _write(new_server(authority, names, now), folder / CERT_FILE, folder / KEY_FILE)
    cert = folder / CERT_FILE
    return TlsFiles(folder / CA_FILE, cert, folder / KEY_FILE, fingerprint(cert))


def _find_authority(folder: Path) -> Signed | None:
    from callmanager.server.security.certificates import load_signed  # noqa: PLC0415

    cert, key = folder / CA_FILE, folder / CA_KEY_FILE
    if not (cert.exists() and key.exists()):
        return None
    try:
        return load_signed(cert.read_bytes(), key.read_bytes())
    except ValueError as error:
        raise _damaged(cert) from error


def _write(signed: Signed, cert: Path, key: Path) -> None:
    replace_private(key, signed.key_pem())
    cert.write_bytes(signed.certificate_pem())


def _checked_name(text: str) -> str:
    name = text.strip().lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return _checked_host_name(name, text)
    if address.is_unspecified or "%" in name:
        raise _unusable(text)
    return str(address)


def _checked_host_name(name: str, text: str) -> str:
    try:
        ascii_name = name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _unusable(text) from error
    if len(ascii_name) > 253 or not all(LABEL_PATTERN.fullmatch(label) for label in ascii_name.split(".")):
        raise _unusable(text)
    return ascii_name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(
            "tls_not_read", N_("The certificate %(path)s could not be read. Check its name."), path=str(path)
        ) from error


def _damaged(path: Path) -> Invalid:
    return Invalid(
        "tls_damaged",
        N_("The certificate %(path)s is damaged or does not fit its key. Make new ones in an empty folder."),
        path=str(path),
    )


def _unusable(text: str) -> Invalid:
    return Invalid(
        "tls_name_invalid",
        N_("%(name)s cannot stand in a certificate. Give the name of a PC or an address such as 192.168.1.10."),
        name=text,
    )
