"""TLS: a real handshake succeeds with the office's authority and fails without it; keys stay with their owner."""

from __future__ import annotations

import hashlib
import socket
import ssl
import stat
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callmanager.domain.errors import CallManagerError, Conflict, Invalid, Unavailable
from callmanager.server.security.tls import TlsFiles, days_left, fingerprint, init_tls

NOW = datetime.now(UTC).replace(microsecond=0)  # OpenSSL asks the system's clock in a handshake
NAMES = ["localhost", "PC_Ventas", "señal.oficina.lan", "127.0.0.1", "::1"]


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return init_tls(tmp_path / "tls", NAMES, now=NOW)


def shake_hands(files: TlsFiles, name: str, *, trusted: Path | None) -> bytes:
    """The server's certificate (DER) after a TLS handshake over a loopback socket, the client checking `name`."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(files.cert, files.key)
    client_context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        server = threading.Thread(target=answer_once, args=(listener, server_context))
        server.start()
        try:
            plain = socket.create_connection(listener.getsockname(), timeout=20)
            with plain, client_context.wrap_socket(plain, server_hostname=name) as secure:
                return secure.getpeercert(binary_form=True) or b""
        finally:
            server.join(timeout=20)


def answer_once(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    connection.settimeout(20)
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return  # the client refused us: it is the client that the tests ask


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "pc_ventas", "señal.oficina.lan"])
def test_a_client_that_trusts_the_authority_reaches_the_server_by_each_name(files: TlsFiles, name: str) -> None:
    der = shake_hands(files, name, trusted=files.ca)
    assert hashlib.sha256(der).digest().hex(":").upper() == files.fingerprint_sha256


def test_a_client_that_does_not_trust_the_authority_refuses(files: TlsFiles) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(files, "localhost", trusted=None)


def test_a_client_refuses_a_name_that_is_not_in_the_certificate(files: TlsFiles) -> None:
    for name in ["another", "192.168.1.10", "x.localhost"]:
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(files, name, trusted=files.ca)


def test_a_client_of_one_office_refuses_the_server_of_another(files: TlsFiles, tmp_path: Path) -> None:
    other = init_tls(tmp_path / "other", NAMES, now=NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(files, "localhost", trusted=other.ca)


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    old = init_tls(tmp_path / "old", NAMES, now=NOW - timedelta(days=731))
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(old, "localhost", trusted=old.ca)


def test_a_client_whose_clock_is_an_hour_behind_is_served(tmp_path: Path) -> None:
    ahead = init_tls(tmp_path / "ahead", NAMES, now=NOW + timedelta(hours=1))
    assert shake_hands(ahead, "localhost", trusted=ahead.ca)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in the folder, not in the mode")
def test_only_the_owner_may_read_the_keys(files: TlsFiles) -> None:
    keys = [files.key, files.ca.with_name("ca-key.pem")]
    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600]
    assert stat.S_IMODE(files.ca.parent.stat().st_mode) & 0o077 == 0
    assert sorted(path.name for path in files.ca.parent.iterdir()) == [
        "ca-key.pem",
        "ca.pem",
        "server-key.pem",
        "server.pem",
    ]


def test_the_certificates_hold_no_key(files: TlsFiles) -> None:
    assert b"PRIVATE" not in files.ca.read_bytes() + files.cert.read_bytes()


def test_nothing_is_overwritten_unless_told(files: TlsFiles) -> None:
    folder = files.ca.parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Conflict) as caught:
        init_tls(folder, NAMES, now=NOW)
    assert caught.value.code == "tls_exists"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_clients_need_nothing_new_when_the_certificate_is_renewed(files: TlsFiles, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(files.ca.read_bytes())
    renewed = init_tls(files.ca.parent, ["localhost", "another"], now=NOW + timedelta(hours=2), overwrite=True)
    assert renewed.fingerprint_sha256 != files.fingerprint_sha256
    assert shake_hands(renewed, "another", trusted=trusted)


def test_an_authority_about_to_expire_is_replaced_too(files: TlsFiles) -> None:
    before = files.ca.read_bytes()
    renewed = init_tls(files.ca.parent, NAMES, now=NOW + timedelta(days=3000), overwrite=True)
    assert renewed.ca.read_bytes() != before
    assert days_left(renewed.cert, NOW + timedelta(days=3000)) == 730


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem"])
def test_a_damaged_authority_is_reported_and_not_replaced(files: TlsFiles, name: str) -> None:
    damaged = files.ca.with_name(name)
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(Invalid) as caught:
        init_tls(files.ca.parent, NAMES, now=NOW, overwrite=True)
    assert caught.value.code == "tls_damaged"


def test_the_key_of_another_authority_is_reported(files: TlsFiles, tmp_path: Path) -> None:
    other = init_tls(tmp_path / "other", NAMES, now=NOW)
    files.ca.write_bytes(other.ca.read_bytes())
    with pytest.raises(Invalid, match="does not fit"):
        init_tls(files.ca.parent, NAMES, now=NOW, overwrite=True)


def test_days_left_count_down_past_zero(files: TlsFiles) -> None:
    assert days_left(files.cert, NOW) == 730
    assert days_left(files.cert, NOW + timedelta(days=729, seconds=1)) == 0
    assert days_left(files.cert, NOW + timedelta(days=731)) == -1
    assert days_left(files.ca, NOW) == 3650


def test_the_fingerprint_is_of_the_first_certificate_of_a_chain(files: TlsFiles, tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"subject=CN=x\r\n" + files.cert.read_bytes().replace(b"\n", b"\r\n") + files.ca.read_bytes())
    assert fingerprint(chain) == files.fingerprint_sha256
    assert fingerprint(files.ca) != files.fingerprint_sha256
    assert len(files.fingerprint_sha256) == 95


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"]
)
def test_a_file_that_is_no_certificate_is_an_explained_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(content)
    for ask in (lambda: fingerprint(path), lambda: days_left(path, NOW)):
        with pytest.raises(Invalid) as caught:
            ask()
        assert caught.value.code == "tls_damaged"
    path.unlink()
    for ask in (lambda: fingerprint(path), lambda: days_left(path, NOW)):
        with pytest.raises(Invalid) as caught:
            ask()
        assert caught.value.code == "tls_not_read"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "-pc",
        "pc-",
        "http://pc",
        "pc:5000",
        "*.lan",
        "a..b",
        "x" * 64,
        "a." * 130 + "b",
        "fe80::1%eth0",
        "0.0.0.0",
        "::",
        "pc/oficina",
        "p\nc",
        "\ud800",
        "pc@casa",
    ],
)
def test_a_name_that_cannot_stand_in_a_certificate_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "tls"
    with pytest.raises(Invalid) as caught:
        init_tls(folder, ["localhost", name], now=NOW)
    assert caught.value.code == "tls_name_invalid"
    assert not folder.exists()


def test_spelling_and_spaces_around_a_name_do_not_matter(tmp_path: Path) -> None:
    files = init_tls(tmp_path / "tls", [" LOCALHOST.\n", "localhost"], now=NOW)
    assert shake_hands(files, "localhost", trusted=files.ca)


def test_no_name_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        init_tls(tmp_path, [], now=NOW)
    assert caught.value.code == "tls_names_missing"


def test_a_folder_that_cannot_be_written_is_an_explained_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CallManagerError) as caught:
        init_tls(tmp_path / "file" / "tls", NAMES, now=NOW)
    assert isinstance(caught.value, Unavailable)
    assert caught.value.code == "tls_not_written"
