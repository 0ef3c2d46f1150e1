"""Keeps a spreadsheet from running what stands in a cell of a CSV, and takes that protection off when it comes back."""

from __future__ import annotations

import re
import unicodedata

_STARTS = frozenset("=+-@")
_DIGITS_AND_PUNCTUATION = re.compile(r"[+-]?[\d\s\xa0().\-/]+", re.ASCII)
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take `text` for a formula. Phone numbers and plain negative numbers are none."""
    if not text or text[0].isalnum():
        return False
    if text[0] in "\t\r":
        return True
    start = _first_visible(text)
    if unicodedata.normalize("NFKC", text[start : start + 1]) not in _STARTS:
        return False
    return not (_DIGITS_AND_PUNCTUATION.fullmatch(text, start) and any(map(str.isdigit, text)))


def guard(text: str) -> str:
    """`text` with an apostrophe before it when it is a formula. `restore(guard(text)) == text` for every text."""
    return "'" + text if _hides_formula(text) else text


def restore(text: str) -> str:
    """`text` without the apostrophe that `guard` put there; any other apostrophe stays."""
    return text[1:] if text.startswith("'") and _hides_formula(text) else text


def _hides_formula(text: str) -> bool:
    return is_formula(text.lstrip("'"))


def _first_visible(text: str) -> int:
    for index, character in enumerate(text):
        if unicodedata.category(character) not in _INVISIBLE:
            return index
    return len(text)
