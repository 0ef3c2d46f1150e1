"""Tokens: only a genuine, unexpired HS256 token of this server, meant for it, is read."""

from __future__ import annotations

import base64
import hmac
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from callmanager.domain.errors import Unauthenticated
from callmanager.server.security.tokens import Claims, Tokens

SECRET = b"a secret of the tests, sixty-four characters long, no more  none"
START = datetime(2026, 11, 22, 10, 53, 31, 250_000, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class HandClock:
    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def tokens(clock: HandClock) -> Tokens:
    return Tokens(SECRET, issuer="callmanager", audience="callmanager-api", clock=clock)


def good_claims(**changes: Any) -> dict[str, Any]:
    second = int(START.timestamp())
    claims = {
        "iss": "callmanager",
        "aud": "callmanager-api",
        "sub": "7",
        "jti": "s-1",
        "iat": second,
        "nbf": second,
        "exp": second + 3600,
        "ver": 3,
    }
    return {**claims, **changes}


def signed(claims: dict[str, Any], *, secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.api_jws.PyJWS().encode(json.dumps(claims).encode(), secret, algorithm=algorithm)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refusal(tokens: Tokens, text: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        tokens.read(text)
    return caught.value.code


def test_a_token_says_who_signed_in_and_until_when(tokens: Tokens) -> None:
    text, expires_at = tokens.issue(7, session="s-1", version=3)
    whole = START.replace(microsecond=0)
    assert expires_at == whole + timedelta(hours=24)
    assert tokens.read(text) == Claims(7, "s-1", 3, whole, expires_at)
    assert len(text) < 512


def test_a_token_holds_the_promised_claims_and_no_more(tokens: Tokens) -> None:
    text, _ = tokens.issue(7, session="s-1", version=3)
    payload = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(claims) == {"iss", "aud", "sub", "jti", "iat", "nbf", "exp", "ver"}
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "JWT"}


def test_the_hand_made_token_of_these_tests_is_good_before_it_is_spoiled(tokens: Tokens) -> None:
    assert tokens.read(signed(good_claims())).user_id == 7


def test_a_token_ends_at_its_instant_by_our_clock(tokens: Tokens, clock: HandClock) -> None:
    text, expires_at = tokens.issue(7, session="s-1", version=3, hours=24)
    clock.instant = expires_at - timedelta(microseconds=1)
    assert tokens.read(text).user_id == 7
    clock.instant = expires_at
    assert refusal(tokens, text) == "token_expired"


def test_the_systems_clock_is_not_asked(clock: HandClock, tokens: Tokens) -> None:
    for year in (1999, 2099):
        clock.instant = START.replace(year=year)
        text, _ = tokens.issue(7, session="s-1", version=3)
        assert tokens.read(text).user_id == 7


def test_a_token_from_a_clock_that_was_ahead_waits_until_its_time(tokens: Tokens, clock: HandClock) -> None:
    text, _ = tokens.issue(7, session="s-1", version=3)
    clock.instant = START - timedelta(days=400)
    assert refusal(tokens, text) == "token_invalid"


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "ver"])
def test_each_missing_claim_refuses_the_token(tokens: Tokens, claim: str) -> None:
    claims = good_claims()
    del claims[claim]
    assert refusal(tokens, signed(claims)) == "token_invalid"
    assert refusal(tokens, signed(good_claims(**{claim: None}))) == "token_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"aud": "another"},
        {"aud": ["callmanager-api", "another"]},
        {"aud": ["callmanager-api"]},
        {"iss": ["callmanager"]},
        {"sub": 7},
        {"sub": "seven"},
        {"sub": "-7"},
        {"sub": "\u0667"},
        {"sub": ""},
        {"sub": "9" * 40},
        {"jti": 1},
        {"ver": "3"},
        {"ver": True},
        {"ver": -1},
        {"ver": 3.0},
        {"exp": "tomorrow"},
        {"exp": str(int(START.timestamp()) + 60)},
        {"exp": 10**18},
        {"exp": float("inf")},
        {"exp": True},
        {"iat": -5},
        {"nbf": int(START.timestamp()) + 60},
        {"iat": int(START.timestamp()) + 60},
        {"nbf": int(START.timestamp()) + 7200},
    ],
)
def test_a_signed_token_with_a_wrong_claim_is_refused(tokens: Tokens, changes: dict[str, Any]) -> None:
    assert refusal(tokens, signed(good_claims(**changes))) == "token_invalid"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None])
def test_an_unsigned_token_is_refused(tokens: Tokens, alg: str | None) -> None:
    unsigned = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(good_claims())}"
    signature = signed(good_claims()).rsplit(".", 1)[1]
    assert refusal(tokens, f"{unsigned}.") == "token_invalid"
    assert refusal(tokens, unsigned) == "token_invalid"
    assert refusal(tokens, f"{unsigned}.{signature}") == "token_invalid"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_secret_is_refused(tokens: Tokens, algorithm: str) -> None:
    assert refusal(tokens, signed(good_claims(), secret=SECRET, algorithm=algorithm)) == "token_invalid"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_an_rsa_token_is_refused(tokens: Tokens, rsa_key: rsa.RSAPrivateKey) -> None:
    text = jwt.encode(good_claims(), rsa_key, algorithm="RS256")
    assert refusal(tokens, text) == "token_invalid"


def test_a_header_cannot_bring_its_own_key(tokens: Tokens, rsa_key: rsa.RSAPrivateKey) -> None:
    public = rsa_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    for headers in (
        {"jwk": jwk},
        {"jku": "http://127.0.0.1/keys"},
        {"kid": "../../dev/null"},
        {"x5c": [public.decode()]},
    ):
        text = jwt.encode(good_claims(), rsa_key, algorithm="RS256", headers=headers)
        assert refusal(tokens, text) == "token_invalid"
        assert refusal(tokens, text.replace("RS256", "HS256")) == "token_invalid"
        forged = jwt.encode(good_claims(), b"x" * 64, algorithm="HS256", headers=headers)
        assert refusal(tokens, forged) == "token_invalid"


@pytest.mark.parametrize("secret", [b"", b"secret", SECRET[:-1], SECRET + b"\0", b"x" * 64])
def test_a_token_signed_with_another_secret_is_refused(tokens: Tokens, secret: bytes) -> None:
    header, body = part({"alg": "HS256", "typ": "JWT"}), part(good_claims())
    signature = hmac.new(secret, f"{header}.{body}".encode(), "sha256").digest()
    text = f"{header}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert refusal(tokens, text) == "token_invalid"


def test_no_character_of_a_token_can_be_changed(tokens: Tokens) -> None:
    text = signed(good_claims())
    for place, old in enumerate(text):
        new = "A" if old != "A" else "B"
        assert refusal(tokens, text[:place] + new + text[place + 1 :]) == "token_invalid"


def test_the_claims_of_one_token_do_not_fit_the_signature_of_another(tokens: Tokens) -> None:
    header, _, signature = signed(good_claims()).split(".")
    assert refusal(tokens, f"{header}.{part(good_claims(sub='1'))}.{signature}") == "token_invalid"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "Bearer x",
        "cm_abcdefghijkl_secret",
        "\ud800",
        "ñ.ñ.ñ",
        "\0",
        "é" * 100,
        part([]) + "." + part([]) + ".x",
        part({"alg": ["HS256"]}) + "." + part({}) + ".",
        part({"alg": "HS256", "b64": False, "crit": ["b64"]}) + ".." + "A" * 43,
        part({"alg": "HS256", "crit": ["exp"]}) + "." + part({}) + "." + "A" * 43,
        "[" * 2000,
        base64.urlsafe_b64encode(b"[" * 1200).decode() + ".e30.x",
    ],
)
def test_any_text_is_answered_with_a_refusal(tokens: Tokens, text: str) -> None:
    assert refusal(tokens, text) == "token_invalid"


def test_a_genuine_token_over_the_bound_is_not_even_decoded(tokens: Tokens) -> None:
    assert refusal(tokens, signed(good_claims(jti="s" * 4000))) == "token_invalid"
    assert refusal(tokens, "a." * 5_000_000) == "token_invalid"


def test_a_short_secret_is_no_secret(clock: HandClock) -> None:
    with pytest.raises(ValueError, match="too short"):
        Tokens(b"1234", issuer="i", audience="a", clock=clock)


def test_starting_the_server_does_not_import_cryptography() -> None:
    modules = ["passwords", "tokens", "keys", "throttle", "hosts", "tls", "secret_file", "request_limits"]
    imports = "; ".join(f"import callmanager.server.security.{name}" for name in modules)
    program = f"import sys; {imports}; print([name for name in ('jwt', 'cryptography') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"
