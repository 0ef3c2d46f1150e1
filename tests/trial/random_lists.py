"""Makes lists at random in the shapes that people's files have: preambles, several phones in a cell, columns of
countries, areas, extensions and kinds of phone in any order, words of other systems, open quotation marks, cells of
several lines, old encodings, other sheets, hidden rows, headers that come again. Every word in a list is one of its
own, so that it can be looked for afterwards.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.trial.lists_tried import workbook

FIRST_NUMBER = 61_000_000
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "mac_roman", "cp850", "utf-16", "utf-16-le", "utf-16-be")
_VALUE = re.compile(r"[A-Za-z]ñ\d+q|\d{8}")


@dataclass(frozen=True, slots=True)
class RandomList:
    """A file, how many rows it has, and the words and numbers that must be found again."""

    content: bytes
    rows: int
    values: frozenset[str]


class _Cells:
    """Draws what stands in the cells of a row."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._words = itertools.count(1)

    def word(self, start: str) -> str:
        return f"{start}ñ{next(self._words)}q"

    def one_of(self, *texts: str) -> str:
        return self._draw(st.sampled_from(texts))

    def number(self) -> str:
        return str(FIRST_NUMBER + self._draw(st.integers(0, 9)))

    def phone(self) -> str:
        number, other = self.number(), self.number()
        several = [f"{number}{sign}{other}" for sign in (" / ", "\n", " y ", " - ", "  ", " ::: ")]
        doubtful = (f"{number} / 28", f"{number} / {self.word('p')}", f"{number} ext 5 o {other}", f"{number}{other}")
        odd = (f"{number}.0", f"+506 {number}", f"tel. {number}", self.word("p"), "12", "#N/A", "=?", "")
        return self.one_of(number, number, number, *several, *doubtful, *odd)

    def country(self) -> str:
        return self.one_of("Nicaragua", "CRI", "NI", "+506", "505", "00506", "", self.word("k"))


_COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[_Cells], str]]] = {
    "name": (("Nombre", "Cliente", "Full Name"), lambda cells: cells.one_of(cells.word("N"), "")),
    "mobile": (("Celular", "Mobile Phone", "TelMovil", "Phone 2 - Value"), _Cells.phone),
    "home": (("Casa", "Tel. casa", "Contacto 2"), lambda cells: cells.one_of("", cells.number(), cells.phone())),
    "extension": (("Ext.", "Anexo", "Interno"), lambda cells: cells.one_of("", "101", "x102", cells.word("e"))),
    "extension of home": (("Ext. casa",), lambda cells: cells.one_of("", "7", "8.0", cells.word("e"))),
    "country": (("País", "Prefijo", "phone_code"), _Cells.country),
    "country of home": (("Prefijo casa",), _Cells.country),
    "area": (("Lada", "Código de área"), lambda cells: cells.one_of("", "55", "(081)", cells.word("a"))),
    "kind": (("Tipo de teléfono", "Phone Type"), lambda cells: cells.one_of("", cells.word("t"))),
    "email": (("Correo", "E-mail 1 - Value"), lambda cells: cells.one_of("", cells.word("c") + "@example.com")),
    "second email": (("E-mail 2",), lambda cells: cells.one_of("", cells.word("c") + "@example.org")),
    "status": (("Estado", "Status"), lambda cells: cells.one_of("", "NC", "interesado", cells.word("s"), "#N/D")),
    "zone": (("Zona",), lambda cells: cells.one_of("", cells.word("z"), "America/Panama")),
    "own": (("Ref. 7", ""), lambda cells: cells.one_of("", cells.word("r"), "1,5")),
    "note": (("Nota", "Observaciones"), lambda cells: cells.one_of("", cells.word("n"), cells.word("n") + "\nfin")),
}


@st.composite
def random_lists(draw: st.DrawFn) -> RandomList:
    """Several rows of a list may bear the same number."""
    cells = _Cells(draw)
    kept = draw(st.lists(st.sampled_from(sorted(_COLUMNS)), unique=True, max_size=9))
    columns = draw(st.permutations(["phone", *kept]))
    header = ["Teléfono" if name == "phone" else cells.one_of(*_COLUMNS[name][0]) for name in columns]
    rows = [_row(columns, cells) for _ in range(draw(st.integers(2, 9)))]
    above = [["Lista", "de prueba"], ["Fecha", "29/11/2026"]][: draw(st.integers(0, 2))] if kept else []
    again = [header] if kept and draw(st.integers(0, 5)) == 0 else []
    if draw(st.integers(0, 3)) == 0:
        return _in_workbook(draw, cells, [*above, header], [*rows, *again])
    return _in_text(draw, [*above, header], [*rows, *again])


def _row(columns: list[str], cells: _Cells) -> list[str]:
    row = [cells.phone() if name == "phone" else _COLUMNS[name][1](cells) for name in columns]
    return row if any(row) else [cells.number() if name == "phone" else "" for name in columns]


def _in_workbook(draw: st.DrawFn, cells: _Cells, head: list[list[str]], rows: list[list[str]]) -> RandomList:
    """Some rows have a cell beside the table; another sheet is not read."""
    is_table = len(head[-1]) > 1  # beside one column of doubtful phones nobody can tell the header
    strays = [[*row, cells.word("x")] if is_table and draw(st.integers(0, 4)) == 0 else row for row in rows]
    hidden = tuple(draw(st.sets(st.integers(len(head), len(head) + len(rows) - 1), max_size=2)))
    others = {"Resumen": [["Total", "3"]]} if draw(st.booleans()) else {}
    return _of(workbook(hidden, Hoja=[*head, *strays], **others), ["\t".join(row) for row in strays])


def _in_text(draw: st.DrawFn, head: list[list[str]], rows: list[list[str]]) -> RandomList:
    separator, encoding = draw(st.sampled_from(";,\t|")), draw(st.sampled_from(ENCODINGS))
    ends = draw(st.sampled_from(("\n", "\r\n")))
    first = [f"sep={separator}"] if draw(st.integers(0, 4)) == 0 else []
    above = [_line(row, separator, is_open=False) for row in head]
    lines = [_line(row, separator, is_open=draw(st.integers(0, 4)) == 0) for row in rows]
    return _of(ends.join([*first, *above, *lines, ""]).encode(encoding), lines)


def _of(content: bytes, rows: list[str]) -> RandomList:
    return RandomList(content, len(rows), frozenset(value for row in rows for value in _VALUE.findall(row)))


def _line(row: list[str], separator: str, *, is_open: bool) -> str:
    cells = [f'"{cell}"' if separator in cell or "\n" in cell else cell for cell in row]
    if is_open and len(row) > 1 and row[-1]:
        cells[-1] = '"' + row[-1].split("\n")[0]
    return separator.join(cells)
