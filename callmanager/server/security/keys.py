"""API keys `cm_<id>_<secret>`: made, taken apart and compared. The secret is shown once; only its digest is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
ID_CHARACTERS = 12  # 60 bits: an identity to look up, not a secret
SECRET_BYTES = 32
# The id holds no underscore, so the first two separate the parts; the secret (base64url) may hold more of them.
KEY_PATTERN = re.compile(r"cm_([a-z2-7]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
MOST_CHARACTERS = 256
# Keys that examples show: everybody knows them.
EXAMPLE_KEYS = frozenset({"dev-key-change-in-production"})
FEWEST_CHARACTERS = 20  # of a key in the settings; a shorter one can be guessed


class NewKey(NamedTuple):
    """`text` is for its owner, once; `public_id` and `digest` (SHA-256 of `text`, hexadecimal) are for the database."""

    public_id: str
    text: str
    digest: str


def new_key() -> NewKey:
    public_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_CHARACTERS))
    text = f"cm_{public_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(public_id, text, _digest(text))


def parse_key(text: str) -> tuple[str, str] | None:
    """The public id to look up and the digest to compare with the stored one; None when it is no key of ours."""
    found = KEY_PATTERN.fullmatch(text)
    return (found[1], _digest(text)) if found else None


def is_no_secret(text: str) -> bool:
    """Whether a key is known to everybody or short enough to be guessed, and so good on the server's own PC only."""
    return text in EXAMPLE_KEYS or len(text) < FEWEST_CHARACTERS


def is_same_digest(given: str, stored: str) -> bool:
    """Compares in a time that does not depend on where the two differ."""
    return hmac.compare_digest(given.encode("utf-8"), stored.encode("utf-8"))


def is_listed(text: str, allowed: Iterable[str]) -> bool:
    """Whether `text` is one of the keys that IT wrote into the settings (AUTH_TOKENS), of any form.

    Every listed key is compared, and as a digest, so that the time tells neither which one nor how long it is.
    """
    if not text or len(text) > MOST_CHARACTERS:
        return False
    given = _digest(text)
    return sum(is_same_digest(given, _digest(key)) for key in allowed if key) > 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
