"""Passwords: every character counts, guessable ones refused, unknown people cost the same."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import bcrypt
import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.security import password_rules
from callmanager.server.security.passwords import Passwords

QUICK = 4


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(cost=QUICK)


def refusal(passwords: Passwords, text: str, **more: str) -> str:
    with pytest.raises(Invalid) as caught:
        passwords.check_new_password(text, username=more.pop("username", "marta"), **more)
    assert str(caught.value)
    return caught.value.code


def test_only_the_right_password_opens(passwords: Passwords) -> None:
    stored = passwords.hash_password("lluvia mesa tren")
    assert stored.startswith("$2b$04$")
    assert len(stored) == 60
    assert passwords.verify_password("lluvia mesa tren", stored)
    assert not passwords.verify_password("lluvia mesa tres", stored)
    assert not passwords.verify_password("", stored)


def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert passwords.hash_password("lluvia mesa tren") != passwords.hash_password("lluvia mesa tren")


@pytest.mark.parametrize("place", [72, 73, 200, 1023])
def test_every_character_counts_also_after_byte_72(passwords: Passwords, place: int) -> None:
    long = "x" * 1024
    stored = passwords.hash_password(long)
    changed = long[:place] + "y" + long[place + 1 :]
    assert passwords.verify_password(long, stored)
    assert not passwords.verify_password(changed, stored)
    assert not passwords.verify_password(long[:place], stored)


@pytest.mark.parametrize("other", [" lluvia mesa", "lluvia mesa ", "Lluvia mesa", "lluvia  mesa", "lluvia mesa\n"])
def test_spaces_and_case_are_part_of_the_password(passwords: Passwords, other: str) -> None:
    assert not passwords.verify_password(other, passwords.hash_password("lluvia mesa"))


def test_a_zero_byte_does_not_end_the_password(passwords: Passwords) -> None:
    stored = passwords.hash_password("secreto\0uno")
    assert not passwords.verify_password("secreto\0dos", stored)
    assert not passwords.verify_password("secreto", stored)


def test_an_accent_typed_as_one_or_two_characters_is_the_same_password(passwords: Passwords) -> None:
    stored = passwords.hash_password("canci\u00f3n del ni\u00f1o")
    assert passwords.verify_password("cancio\u0301n del nin\u0303o", stored)
    assert not passwords.verify_password("cancion del nino", stored)


def test_half_a_character_from_json_is_a_wrong_password_and_no_failure(passwords: Passwords) -> None:
    assert not passwords.verify_password("\ud800 lluvia", passwords.hash_password("lluvia mesa"))


@pytest.mark.parametrize("stored", ["", "1234", "$2b$04$short", "$2y$04$" + "a" * 53, "$2b$99" + "a" * 54, "\0" * 60])
def test_a_damaged_hash_opens_for_nobody(passwords: Passwords, stored: str) -> None:
    assert not passwords.verify_password("1234", stored)


def test_a_text_over_the_bound_is_never_hashed_whole(passwords: Passwords) -> None:
    digest = base64.b64encode(hashlib.sha384(b"x" * 1025).digest())
    stored = bcrypt.hashpw(digest, bcrypt.gensalt(QUICK)).decode()
    assert not passwords.verify_password("x" * 1025, stored)
    with pytest.raises(Invalid, match="too long"):
        passwords.hash_password("x" * 1025)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cost of each bcrypt computation from now on; the real functions still run."""
    costs: list[int] = []
    check, make = bcrypt.checkpw, bcrypt.hashpw

    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        costs.append(int(hashed_password[4:6]))
        return check(password, hashed_password)

    def hashpw(password: bytes, salt: bytes) -> bytes:
        costs.append(int(salt[4:6]))
        return make(password, salt)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    return costs


def test_known_unknown_and_damaged_all_cost_one_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(cost=5)
    stored = passwords.hash_password("lluvia mesa tren")
    costs = counted(monkeypatch)
    attempts = [
        lambda: passwords.verify_password("lluvia mesa tren", stored),
        lambda: passwords.verify_password("otra cosa", stored),
        lambda: passwords.verify_nobody("otra cosa"),
        lambda: passwords.verify_nobody("otra cosa"),
        lambda: passwords.verify_password("otra cosa", "damaged"),
        lambda: passwords.verify_password("x" * 5000, stored),
        lambda: passwords.verify_nobody("x" * 5000),
    ]
    for attempt in attempts:
        costs.clear()
        attempt()
        assert costs == [5]


def test_nobody_never_signs_in(passwords: Passwords) -> None:
    assert not any(passwords.verify_nobody(text) for text in ["", "1234", "x" * 5000, "\ud800"])


@pytest.mark.parametrize(
    "good",
    [
        "lluvia mesa tren",
        "Tr3nes-Azules",
        "caballo batería grapa",
        "mañana será otro día",
        "k7#pQz9!",
        "zapato verde 22",
        "  dos espacios  ",
        "correcto caballo",
        "парольный ключ",
        "密码密码学习很好",
        "x1" + "lluvia" * 170,
    ],
)
def test_a_reasonable_password_is_accepted(passwords: Passwords, good: str) -> None:
    passwords.check_new_password(good, username="marta")


@pytest.mark.parametrize("short", ["", "1234", "a", "k7#pQz9", "1234567", "e\u0301" * 7])
def test_fewer_than_eight_characters_are_refused(passwords: Passwords, short: str) -> None:
    assert refusal(passwords, short) == "password_too_short"


def test_over_1024_characters_are_refused(passwords: Passwords) -> None:
    assert refusal(passwords, "lluvia mesa tren" * 65) == "password_too_long"


@pytest.mark.parametrize(
    "common",
    [
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "11111111",
        "        ",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababab",
        "12341234",
        "1234 1234",
        "11112222",
        "password",
        "Password1",
        "P4ssw0rd!",
        "contraseña",
        "CONTRASEÑA",
        "contrasena",
        "Contraseña1",
        "contrasen\u0303a2026!",
        "miclave1",
        "callmanager",
        "CallManager",
        "Call Manager 2026",
        "callcenter",
        "admin1234",
        "adminadmin",
        "administrador",
        "qwertyui",
        "qwerty123456",
        "poiuytre",
        "asdfghjk",
        "asdfghjklñ",
        "zxcvbnm1",
        "1q2w3e4r",
        "1qaz2wsx",
        "abcdefgh",
        "hgfedcba",
        "abcd1234",
        "!@#$%^&*",
        "iloveyou",
        "teamo123",
        "costarica",
        "puravida",
        "saprissa",
        "realmadrid",
        "holahola",
        "hola1234",
        "bienvenido",
        "12345hola",
        "\u0301" * 9,
    ],
)
def test_what_anyone_would_try_first_is_refused(passwords: Passwords, common: str) -> None:
    assert refusal(passwords, common) == "password_common"


@pytest.mark.parametrize("text", ["ximena.r", "XIMENA.R", "ximena.r2026", "r.anemix", "ximena.rximena.r", "1ximena.r!"])
def test_the_own_user_name_is_refused(passwords: Passwords, text: str) -> None:
    assert refusal(passwords, text, username="Ximena.R") == "password_common"


def test_a_strange_user_name_does_not_refuse_everything(passwords: Passwords) -> None:
    passwords.check_new_password("lluvia mesa tren", username="")
    passwords.check_new_password("lluvia mesa tren", username="u")


def test_the_old_password_is_not_a_new_one(passwords: Passwords) -> None:
    stored = passwords.hash_password("lluvia mesa tren")
    assert refusal(passwords, "lluvia mesa tren", old_hash=stored) == "password_unchanged"
    passwords.check_new_password("lluvia mesa tres", username="marta", old_hash=stored)


def test_every_line_of_the_list_long_enough_to_set_is_refused(passwords: Passwords) -> None:
    path = Path(password_rules.__file__).with_name("common_passwords.txt")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert len(lines) >= 200
    assert len(lines) == len(set(lines))
    for line in lines:
        padded = line + "1234"[: max(0, 8 - len(line))]
        if len(padded) >= 8:
            assert refusal(passwords, padded) == "password_common", line
