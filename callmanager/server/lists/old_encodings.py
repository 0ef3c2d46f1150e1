"""Tells apart the encodings of before UTF-8 by the letters that each of them makes inside words. Reads no file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

OLD = ("cp1252", "mac_roman", "cp850")
"""Windows, old Macs, DOS and programs of its time. Where nothing tells, it is the first."""

MOST_WORDS = 5_000
_WORD = re.compile(rb"[A-Za-z\x80-\xff]{0,40}(?:[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z])[A-Za-z\x80-\xff]{0,40}")
_USUAL = frozenset("áéíóúñüÁÉÍÓÚÑÜ")
_GOOD, _FAIR, _ODD, _WRONG = 3, 1, -2, -3


def guess_old_encoding(chunks: Iterable[bytes]) -> str:
    """The one under which the words that hold other letters than English ones look most like words."""
    words: Counter[bytes] = Counter()
    for chunk in chunks:
        words.update(_WORD.findall(chunk))
        if len(words) > MOST_WORDS:
            break
    scores = {encoding: sum(_score(word.decode(encoding, "replace")) for word in words) for encoding in OLD}
    return max(OLD, key=lambda encoding: scores[encoding]) if max(scores.values()) > 0 else OLD[0]


def _score(word: str) -> int:
    return sum(_letter_score(word, place) for place, letter in enumerate(word) if not letter.isascii())


def _letter_score(word: str, place: int) -> int:
    letter, before, after = word[place], word[:place][-1:], word[place + 1 : place + 2]
    if not letter.isalpha():
        return _WRONG if before.isalpha() or after.isalpha() else 0
    if letter.isupper() and before.islower():
        return _ODD
    if letter.islower() and before.isupper() and after.isupper():
        return _ODD
    return _GOOD if letter in _USUAL else _FAIR
