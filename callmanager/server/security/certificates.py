"""X.509 as we use it: an authority of ten years and server certificates of two, ECDSA P-256. It touches no file.

Importing this module imports cryptography, which is slow: only tls.py does, at the moment of need.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=730)
CLOCK_TOLERANCE = timedelta(days=1)  # a client whose clock is a little behind must not refuse a new certificate


class Signed(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        """Unencrypted PKCS #8: the server starts without anybody at the keyboard."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def new_authority(now: datetime) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    # Two authorities of one name would confuse whoever trusts both.
    name = _named(f"CallManager CA {secrets.token_hex(4)}")
    builder = _started(name, name, key, now, AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Signed(builder.sign(key, hashes.SHA256()), key)


def new_server(authority: Signed, names: list[str], now: datetime) -> Signed:
    """A certificate for `names` (checked host names and addresses), signed by `authority`."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    own = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(authority=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False),
    ]
    builder = _started(_named(names[0][:64]), issuer.subject, key, now, SERVER_LIFE)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Signed(builder.sign(authority.key, hashes.SHA256()), key)


def load_signed(certificate_pem: bytes, key_pem: bytes) -> Signed:
    """Raises ValueError when either is damaged or the key is not the certificate's."""
    certificate = load_certificate(certificate_pem)
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not an unencrypted key of a known kind") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("not the key of this certificate")
    return Signed(certificate, key)


def load_certificate(pem: bytes) -> x509.Certificate:
    """The first certificate in `pem`. Raises ValueError."""
    return x509.load_pem_x509_certificate(pem)


def _started(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - CLOCK_TOLERANCE).not_valid_after(now + life)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
