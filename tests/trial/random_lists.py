"""Makes lists at random in the shapes that people's files have: preambles, several phones in a cell, extensions, words
of other systems, open quotation marks, cells of several lines. Every word in a list is one of its own, so that it can
be looked for afterwards.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.trial.lists_tried import workbook

HEADINGS = ["Nombre", "Teléfono", "Ext.", "Celular", "Correo", "Estado", "Zona", "Nota"]
FIRST_NUMBER = 61_000_000
_VALUE = re.compile(r"[A-Za-z]ñ\d+q|\d{8}")


@dataclass(frozen=True, slots=True)
class RandomList:
    """A file, how many rows it has, and the words and numbers that must be found again."""

    content: bytes
    rows: int
    values: frozenset[str]


@st.composite
def random_lists(draw: st.DrawFn) -> RandomList:
    """Several rows of a list may bear the same number."""
    words = itertools.count(1)
    rows = [_row(draw, words) for _ in range(draw(st.integers(2, 9)))]
    above = [["Lista", "de prueba"]] if draw(st.booleans()) else []
    if draw(st.integers(0, 3)) == 0:
        rows = [[*row, _word("x", words)] if draw(st.integers(0, 4)) == 0 else row for row in rows]
        return _of(workbook(Hoja=[*above, HEADINGS, *rows]), rows)
    separator, encoding = draw(st.sampled_from(";,\t")), draw(st.sampled_from(("utf-8-sig", "cp1252", "mac_roman")))
    lines = [separator.join(cells) for cells in (*above, HEADINGS)]
    lines += [_line(row, separator, is_open=draw(st.integers(0, 4)) == 0) for row in rows]
    return _of("\n".join([*lines, ""]).encode(encoding), rows)


def _of(content: bytes, rows: list[list[str]]) -> RandomList:
    return RandomList(
        content, len(rows), frozenset(value for row in rows for cell in row for value in _VALUE.findall(cell))
    )


def _word(start: str, words: Iterator[int]) -> str:
    return f"{start}ñ{next(words)}q"


def _row(draw: st.DrawFn, words: Iterator[int]) -> list[str]:
    def number() -> str:
        return str(FIRST_NUMBER + draw(st.integers(0, 9)))

    def word(start: str) -> str:
        return _word(start, words)

    def one_of(*texts: str) -> str:
        return draw(st.sampled_from(texts))

    several = (f"{number()} / {number()}", f"{number()}\n{number()}", f"{number()} / 28", f"{number()} / {word('p')}")
    first = one_of(word("N"), word("N"), "")
    others = [
        one_of(number(), number(), *several, "", word("p"), "12", "#N/A"),
        one_of("", "101", "102", word("e")),
        one_of("", number(), "=?"),
        one_of("", word("c") + "@example.com"),
        one_of("", "NC", "INTERESADO", word("s")),
        one_of("", word("z")),
        one_of("", word("n"), word("n") + "\nfin"),
    ]
    return [first if any(others) else word("N"), *others]


def _line(row: list[str], separator: str, *, is_open: bool) -> str:
    cells = [f'"{cell}"' if separator in cell or "\n" in cell else cell for cell in row]
    if is_open and row[-1]:
        cells[-1] = '"' + row[-1].split("\n")[0]
    return separator.join(cells)
