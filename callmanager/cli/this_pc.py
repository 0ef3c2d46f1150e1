"""HTTP to servers on this PC. Nothing goes by a proxy, a .netrc or a redirect, whatever the environment says."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter


def open_session(certificate: Path | None = None) -> requests.Session:
    """With `certificate`, https is spoken with the holder of exactly that one."""
    session = requests.Session()
    session.trust_env = False
    if certificate is not None:
        session.verify = str(certificate)
        session.mount("https://", _OneCertificate(certificate))
    return session


def fetch(address: str, *, seconds: float, headers: Mapping[str, str] | None = None) -> requests.Response:
    """What GET answers, whole. Raises OSError (all that requests raises is one)."""
    with open_session() as session:
        return session.get(address, headers=headers, timeout=seconds, allow_redirects=False)


class _OneCertificate(HTTPAdapter):
    """The name on the certificate is the office's, not 127.0.0.1, and whoever signed it need not be known."""

    def __init__(self, certificate: Path) -> None:
        self._context = ssl.create_default_context(cafile=str(certificate))
        self._context.check_hostname = False
        self._context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        super().__init__()

    def init_poolmanager(self, *args: Any, **how: Any) -> None:
        super().init_poolmanager(*args, **how, ssl_context=self._context, assert_hostname=False)
