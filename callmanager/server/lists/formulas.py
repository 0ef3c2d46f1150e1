"""Keeps a spreadsheet from running what stands in a cell of a CSV, and takes that protection off when it comes back.

A spreadsheet splits a file at the separator of its PC, not of the file, and quotation marks do not hold it back then:
`x;=1+1` in a file with commas is two cells where semicolons separate. So every part of a cell is looked at by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_STARTS = frozenset("=+-@")
# One number or several in a cell.
_DIGITS_AND_PUNCTUATION = re.compile(r"[+-]?[\d\s\xa0().\-/]+(?:[;,|]\s*+[+-]?[\d\s\xa0().\-/]*+)*", re.ASCII)
_LATER_PART = re.compile(r"(?<=[;,|\t\r\n])[^;,|\t\r\n]+")  # what separates cells or rows on some PC
_SIGNED = re.compile(r"(?:^|[;,|\t\r\n])[\s\xa0]*[+-]")
_QUOTES = "'\""
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
    """`text` with an apostrophe before it when it is a formula, and before each part of it that would be one if the
    cell were split there. `restore(guard(text)) == text` for every text.
    """
    guarded = _each_part(text, lambda part: "'" + part)
    return "'" + guarded if _hides_formula(guarded) else guarded


def holds_signed_number(guarded: str) -> bool:
    """Whether a part of a guarded cell is a number with its sign, such as a phone: it is left as it is.

    Where another separator holds, the cell that comes after it in the file would go on with it as a formula
    (`+50688110027,5*...`), unless every cell of the row stands in quotation marks.
    """
    return _SIGNED.search(guarded) is not None


def restore(text: str) -> str:
    """`text` without the apostrophes that `guard` put there; any other apostrophe stays."""
    if "'" not in text:
        return text
    guarded = text[1:] if text.startswith("'") and _hides_formula(text) else text
    return _each_part(guarded, lambda part: part.removeprefix("'"))


def _each_part(text: str, change: Callable[[str], str]) -> str:
    """`text` with every part after its first separator changed that hides a formula."""
    return _LATER_PART.sub(lambda found: change(found[0]) if _hides_formula(found[0]) else found[0], text)


def _hides_formula(text: str) -> bool:
    return is_formula(text.lstrip(_QUOTES))


def _first_visible(text: str) -> int:
    for index, character in enumerate(text):
        if unicodedata.category(character) not in _INVISIBLE:
            return index
    return len(text)
