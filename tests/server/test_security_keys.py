"""API keys: of one form, of 256 bits, known afterwards only by their digest."""

from __future__ import annotations

import hashlib

import pytest

from callmanager.server.security.keys import is_listed, is_same_digest, new_key, parse_key


def test_a_new_key_is_found_and_matches_its_digest() -> None:
    key = new_key()
    parsed = parse_key(key.text)
    assert parsed is not None
    public_id, digest = parsed
    assert public_id == key.public_id
    assert is_same_digest(digest, key.digest)


def test_what_is_stored_does_not_hold_the_secret() -> None:
    key = new_key()
    secret = key.text.split("_", 2)[2]
    assert len(secret) == 43
    assert secret not in key.digest + key.public_id
    assert key.digest == hashlib.sha256(key.text.encode()).hexdigest()


def test_keys_whose_secret_holds_underscores_are_taken_apart_rightly() -> None:
    keys = [new_key() for _ in range(300)]
    assert any("_" in key.text.split("_", 2)[2] for key in keys)
    assert [parse_key(key.text) for key in keys] == [(key.public_id, key.digest) for key in keys]
    assert len({key.public_id for key in keys}) == len({key.text for key in keys}) == 300


def test_a_key_with_one_character_changed_has_another_digest() -> None:
    key = new_key()
    for place in range(16, len(key.text)):
        changed = key.text[:place] + ("A" if key.text[place] != "A" else "B") + key.text[place + 1 :]
        parsed = parse_key(changed)
        assert parsed is not None
        assert not is_same_digest(parsed[1], key.digest)


ID, SECRET = "abcdefghij27", "S" * 43


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cm",
        "cm_",
        "cm__",
        f"cm_{ID}",
        f"cm_{ID}_",
        f"cm_{ID}_{SECRET}=",
        f"cm_{ID}_{SECRET[:-1]}",
        f"cm_{ID}_{SECRET}\n",
        f" cm_{ID}_{SECRET}",
        f"CM_{ID}_{SECRET}",
        f"cm_{ID.upper()}_{SECRET}",
        f"cm_{ID[:-1]}1_{SECRET}",
        f"cm_{ID}_{SECRET[:-1]}ñ",
        f"cm_{ID}_{SECRET[:-1]}\ud800",
        f"cm_{ID}_{SECRET}" * 100_000,
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
    ],
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert parse_key(f"cm_{ID}_{SECRET}") is not None
    assert parse_key(text) is None


def test_keys_of_the_settings_may_have_any_form() -> None:
    allowed = ["clave-de-la-oficina", "otra llave con ñ"]
    assert is_listed("clave-de-la-oficina", allowed)
    assert is_listed("otra llave con ñ", allowed)
    for wrong in ["", "clave-de-la-oficin", "CLAVE-DE-LA-OFICINA", "clave-de-la-oficina ", "\ud800", "x" * 5000]:
        assert not is_listed(wrong, allowed)


def test_an_empty_line_among_the_keys_of_the_settings_opens_nothing() -> None:
    assert not is_listed("", [""])
    assert not is_listed("x", [""])
    assert not is_listed("x", [])
