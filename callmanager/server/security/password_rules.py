"""Which new passwords are refused because anyone would guess them. It reads one list and never sees a stored hash."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

FEWEST_CHARACTERS = 8
MOST_CHARACTERS = 1024
TRIMMING_AT_MOST = 5  # what people add to a word to make it pass: 1, 123, 2026, 2026!
_ROWS = (
    "01234567890",
    "qwertyuiop",
    "asdfghjkln",  # the last key is ñ: accents are taken off before comparing
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
)
KEY_ROWS = _ROWS + tuple(row[::-1] for row in _ROWS)
MOST_RUNS = 3
LONGEST_PIECE = 4


def check_password_text(text: str, *, username: str) -> None:
    """Raise Invalid (password_too_short, password_too_long, password_common) unless `text` may be set."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid(
            "password_too_long",
            N_("The password is too long. Use at most %(most)s characters."),
            fields={"field": "new_password", "most": MOST_CHARACTERS},
            most=MOST_CHARACTERS,
        )
    if len(unicodedata.normalize("NFC", text)) < FEWEST_CHARACTERS:
        raise Invalid(
            "password_too_short",
            N_("The password is too short. Use at least %(fewest)s characters; 12 or more are better."),
            fields={"field": "new_password", "fewest": FEWEST_CHARACTERS},
            fewest=FEWEST_CHARACTERS,
        )
    if is_easily_guessed(text, username=username):
        raise Invalid(
            "password_common",
            N_("This password is easy to guess. Choose another, for example three words that do not belong together."),
            fields={"field": "new_password"},
        )


def is_easily_guessed(text: str, *, username: str) -> bool:
    """Whether `text` is a common password, the user's name, a repetition or keys in a row."""
    plain = _plain(text)
    name = _plain(username)
    return (
        not plain
        or plain in _common()
        or _is_decorated(plain, _common() | {name, name[::-1]})
        or _is_repetition(plain)
        or _is_key_walk(plain)
    )


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(_plain(line) for line in lines if line and not line.startswith("#"))


def _plain(text: str) -> str:
    """Without case, accents and spaces: `Contraseña 1` and `contrasena1` are guessed alike."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part) and not part.isspace())


def _is_decorated(plain: str, words: frozenset[str]) -> bool:
    """A common word (or the name) once or twice with a few digits or signs before or after it."""
    lengths = range(TRIMMING_AT_MOST + 1)
    for before in lengths:
        for after in range(TRIMMING_AT_MOST + 1 - before):
            core = plain[before : len(plain) - after]
            trimmed = plain[:before] + plain[len(plain) - after :]
            if core and not any(part.isalpha() for part in trimmed) and _is_word(core, words):
                return True
    return False


def _is_word(core: str, words: frozenset[str]) -> bool:
    half = core[: len(core) // 2]
    return core in words or (half * 2 == core and half in words)


def _is_repetition(plain: str) -> bool:
    """`aaaaaaaa`, `abababab`, `12341234`, `hola hola`."""
    for length in range(1, LONGEST_PIECE + 1):
        piece = plain[:length]
        if (piece * (len(plain) // length + 1))[: len(plain)] == plain:
            return True
    return False


def _is_key_walk(plain: str) -> bool:
    """Made of at most three runs along a row of keys or the alphabet, or of one key: `qwerty123456`, `11112222`."""
    rest = plain
    for _ in range(MOST_RUNS):
        rest = rest[_run_length(rest) :]
    return not rest


def _run_length(text: str) -> int:
    same = len(text) - len(text.lstrip(text[:1]))
    walked = 1
    while walked < len(text) and any(text[: walked + 1] in row for row in KEY_ROWS):
        walked += 1
    return max(same, walked)
