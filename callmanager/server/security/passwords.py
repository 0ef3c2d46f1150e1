"""Hashes and verifies passwords with bcrypt, a few at a time, and judges new ones. It stores nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import bcrypt

from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.security.password_rules import MOST_CHARACTERS, check_password_text

HASH_PATTERN = re.compile(r"\$2b\$\d\d\$[./A-Za-z0-9]{53}")
DIGEST_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Passwords:
    """Bcrypt over base64(SHA-384) of the NFC text in UTF-8.

    SHA-384 makes every character count (bcrypt alone stops at byte 72), base64 keeps zero bytes away from bcrypt, and
    NFC lets one password be typed on keyboards that compose accents differently. Nothing is stripped or cut.

    `cost` is bcrypt's (12 is about a quarter of a second); `at_once` hashes run at a time, because each keeps a core
    busy; who waits longer than `wait_seconds` for a turn gets Unavailable. Safe under threads.
    """

    def __init__(self, *, cost: int = 12, at_once: int = 2, wait_seconds: float = 10.0) -> None:
        self._cost = cost
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self._nobody: bytes | None = None

    def hash_password(self, text: str) -> str:
        """The 60 characters to store. It does not judge the password: see check_new_password."""
        if len(text) > MOST_CHARACTERS:
            raise Invalid("password_too_long", N_("The password is too long."), fields={"field": "password"})
        with self._turn():
            return bcrypt.hashpw(_prepared(text), bcrypt.gensalt(self._cost)).decode("ascii")

    def verify_password(self, text: str, stored: str) -> bool:
        """Whether `text` is the password behind `stored`. A stored text that is no hash of ours opens for nobody."""
        if len(text) > MOST_CHARACTERS or not HASH_PATTERN.fullmatch(stored):
            return self.verify_nobody(text)
        with self._turn():
            return bcrypt.checkpw(_prepared(text), stored.encode("ascii"))

    def verify_nobody(self, text: str) -> bool:
        """Always False, after the work of one verify_password: the answer's time does not tell which users exist."""
        with self._turn():
            bcrypt.checkpw(_prepared(text[:MOST_CHARACTERS]), self._nobodys_hash())
        return False

    def check_new_password(self, text: str, *, username: str, old_hash: str | None = None) -> None:
        """Raise Invalid when `text` is too short, too long, easily guessed, or the one behind `old_hash`."""
        check_password_text(text, username=username)
        if old_hash is not None and self.verify_password(text, old_hash):
            raise Invalid(
                "password_unchanged",
                N_("The new password is the old one. Choose another."),
                fields={"field": "new_password"},
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise Unavailable(
                "sign_in_busy", N_("Many people are signing in at this moment. Try again in a few seconds.")
            )
        try:
            yield
        finally:
            self._turns.release()

    def _nobodys_hash(self) -> bytes:
        """A well-formed hash that no text leads to: put together, not computed, so that its first use costs no more."""
        if self._nobody is None:
            digest = "".join(secrets.choice(DIGEST_ALPHABET) for _ in range(31))
            self._nobody = bcrypt.gensalt(self._cost) + digest.encode("ascii")
        return self._nobody


def _prepared(text: str) -> bytes:
    # surrogatepass: JSON can carry half a character; it is a wrong password then, not a failure of the server.
    composed = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha384(composed).digest())
