"""The credential of the command line on the server's own PC: whoever can read the secret file can make one.

Good for one method and path, for a minute, and taken from loopback only (docs/decisions/0030). It opens no session.
Before a command sends one, the program on the port has to prove that it holds the same secret (docs/decisions/0106).
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from typing import Protocol

from callmanager.domain.errors import Unauthenticated
from callmanager.domain.texts import N_

SCHEME = "Local"
LIFE = timedelta(minutes=1)
# Two programs of one PC share its clock; this is for one that was just set back.
CLOCK_SLACK = timedelta(seconds=5)
MOST_DIGITS = 12
CHALLENGE, PROOF = "CallManager-Challenge", "CallManager-Proof"
"""The headers of GET /health by which a command asks the server for its proof."""
_CHALLENGE = re.compile(r"[0-9a-f]{64}")


class Sealer(Protocol):
    """What holds the server's secret (security.tokens.Tokens)."""

    def seal(self, content: bytes) -> str: ...


def make_pass(sealer: Sealer, method: str, path: str, *, now: datetime) -> str:
    """The text after `Authorization: Local ` for a request of `method` to `path` (without its query)."""
    until = int((now + LIFE).timestamp())
    return f"{until}.{_sealed(sealer, method, path, until)}"


def check_pass(sealer: Sealer, text: str, method: str, path: str, *, now: datetime) -> None:
    """Raises Unauthenticated unless `text` was made for this method and path less than a minute ago."""
    digits, _, given = text.partition(".")
    readable = digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS
    until = int(digits) if readable else 0
    right = hmac.compare_digest(given.encode(), _sealed(sealer, method, path, until).encode())
    left = timedelta(seconds=until - now.timestamp()) if readable else timedelta(0)
    if not (right and timedelta(0) < left <= LIFE + CLOCK_SLACK):
        raise Unauthenticated(
            "local_pass_invalid",
            N_(
                "The server did not recognise this command. Run it in the folder of config.py, "
                "as the user that starts the server."
            ),
        )


def make_proof(sealer: Sealer, challenge: str) -> str:
    """What only a holder of the secret can say to `challenge`; empty for what is none."""
    return sealer.seal(f"local proof\n{challenge}".encode()) if _CHALLENGE.fullmatch(challenge) else ""


def is_proof(sealer: Sealer, challenge: str, text: str) -> bool:
    """Whether `text` was said by a holder of the same secret."""
    right = make_proof(sealer, challenge)
    return bool(right) and hmac.compare_digest(text.encode(), right.encode())


def _sealed(sealer: Sealer, method: str, path: str, until: int) -> str:
    # No request method holds a blank, so this is never the seal of a request (edges/repeats.py).
    return sealer.seal(f"local pass\n{method}\n{path}\n{until}".encode())
