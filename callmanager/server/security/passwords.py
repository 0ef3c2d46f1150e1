"""Hashes and verifies passwords with bcrypt, and judges new ones. It stores nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata

import bcrypt

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.security.password_rules import MOST_CHARACTERS, check_password_text

HASH_PATTERN = re.compile(r"\$2b\$\d\d\$[./A-Za-z0-9]{53}")
DIGEST_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Passwords:
    """Bcrypt over base64(SHA-384) of the NFC text in UTF-8.

    SHA-384 makes every character count (bcrypt alone stops at byte 72), base64 keeps zero bytes away from bcrypt, and
    NFC lets one password be typed on keyboards that compose accents differently. Nothing is stripped or cut.

    `cost` is bcrypt's (12 is about a quarter of a second, in which a processor does nothing else: see
    server/hashing.py for how many run at once). Safe under threads.
    """

    def __init__(self, *, cost: int = 12) -> None:
        self._cost = cost
        self._nobody: bytes | None = None

    def hash_password(self, text: str) -> str:
        """The 60 characters to store. It does not judge the password: see check_new_password."""
        if len(text) > MOST_CHARACTERS:
            raise Invalid("password_too_long", N_("The password is too long."), fields={"field": "password"})
        return bcrypt.hashpw(_prepared(text), bcrypt.gensalt(self._cost)).decode("ascii")

    def verify_password(self, text: str, stored: str) -> bool:
        """Whether `text` is the password behind `stored`. A stored text that is no hash of ours opens for nobody."""
        if len(text) > MOST_CHARACTERS or not HASH_PATTERN.fullmatch(stored):
            return self.verify_nobody(text)
        return bcrypt.checkpw(_prepared(text), stored.encode("ascii"))

    def verify_nobody(self, text: str) -> bool:
        """Always False, after the work of one verify_password: the answer's time does not tell which users exist."""
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
