"""Issues and reads the JWT of a signed-in user. Whether the session still stands is for the caller to look up."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeGuard

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Unauthenticated
from callmanager.domain.texts import N_

ALGORITHM = "HS256"
FEWEST_SECRET_BYTES = 32
MOST_CHARACTERS = 2048  # ours have about 350
REQUIRED = ("iss", "aud", "sub", "jti", "iat", "nbf", "exp", "ver")
LAST_SECOND = 253_402_300_799  # the end of year 9999, the last that a datetime holds


class Claims(NamedTuple):
    """What a genuine, unexpired token says. `version` must equal the user's token version, `session` must be open."""

    user_id: int
    session: str
    version: int
    issued_at: datetime
    expires_at: datetime


class Tokens:
    """JWT with HS256 and nothing else, judged by the given clock. Safe under threads.

    PyJWT is imported at the first token, not before: it brings cryptography with it, which would double the time that
    the server takes to start.
    """

    def __init__(self, secret: bytes, *, issuer: str, audience: str, clock: Clock) -> None:
        if len(secret) < FEWEST_SECRET_BYTES:
            raise ValueError(f"a secret of {len(secret)} bytes is too short for {ALGORITHM}")
        self._secret = secret
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    def issue(self, user_id: int, *, session: str, version: int, hours: float = 24) -> tuple[str, datetime]:
        """The token's text and the instant at which it expires (whole seconds)."""
        import jwt  # noqa: PLC0415 - see the class

        issued_at = self._clock.now().replace(microsecond=0)
        expires_at = issued_at + timedelta(hours=hours)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "jti": session,
            "iat": int(issued_at.timestamp()),
            "nbf": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "ver": version,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM), expires_at

    def read(self, token: str) -> Claims:
        """The claims of a token that this server issued. Raises Unauthenticated: token_expired or token_invalid."""
        claims = _to_claims(self._verified(token))
        now = self._clock.now()
        if now >= claims.expires_at:
            raise token_expired()
        if now < claims.issued_at:
            raise _invalid()
        return claims

    def seal(self, *pieces: bytes) -> str:
        """A digest that only this server can compute: of what may hold a password it gives nothing to guess from."""
        sealed = hmac.new(self._secret, b"seal\n", hashlib.sha256)
        for piece in pieces:
            sealed.update(piece)
        return sealed.hexdigest()

    def _verified(self, token: str) -> Mapping[str, Any]:
        # The length and alphabet come first: nothing a stranger sends is decoded unbounded.
        if len(token) > MOST_CHARACTERS or not token.isascii():
            raise _invalid()
        import jwt  # noqa: PLC0415 - see the class

        try:
            return jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                # The times are compared below with our own clock; PyJWT would ask the system's.
                options={
                    "require": list(REQUIRED),
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise _invalid() from error


def _to_claims(payload: Mapping[str, Any]) -> Claims:
    user_id = payload["sub"]
    if not (user_id.isdecimal() and user_id.isascii() and len(user_id) < 20):
        raise _invalid()
    issued_at, valid_from, expires_at = (_parse_second(payload[name]) for name in ("iat", "nbf", "exp"))
    if not _is_count(payload["ver"]) or valid_from > expires_at:
        raise _invalid()
    return Claims(int(user_id), payload["jti"], payload["ver"], max(issued_at, valid_from), expires_at)


def _parse_second(value: object) -> datetime:
    if not _is_count(value) or value > LAST_SECOND:
        raise _invalid()
    return datetime.fromtimestamp(value, UTC)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def token_expired() -> Unauthenticated:
    """The refusal because a session has reached its time."""
    return Unauthenticated("token_expired", N_("Your session has ended. Sign in again."))


def _invalid() -> Unauthenticated:
    return Unauthenticated("token_invalid", N_("This session is not valid here. Sign in again."))
