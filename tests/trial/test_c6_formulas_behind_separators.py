"""C6: no cell of a CSV becomes a formula, whichever separator the PC's spreadsheet takes; and all come back intact."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmanager.server.lists.formulas import guard, is_formula
from callmanager.server.lists.rows import Row
from callmanager.server.lists.writing import csv_chunks, rejected_chunks
from tests.web import Web

SEPARATORS = ",;\t|"
PHONE = "+506 8811-0027"
HOSTILE = [
    "x;=1+1;",
    'x;"=1+1"',
    "x,=1+1",
    "x\t@SUM(1)",
    "línea\n=cmd|' /C calc'!A0",
    "línea\r\n+A1",
    "a; =1",
    "5*HYPERLINK(1)",
    "x;+50688110027",
    "a;\u00a0＝1",
    "=1;=2",
    "'x;'=1",
]
ENDED_NUMBER = re.compile(r"[\s\xa0]*[+-]?[\d\s\xa0().\-/]*\d[\s\xa0().\-/,;|]*\"", re.ASCII)
columns = ["Teléfono", "Nombre", "Nota"]
cells = st.one_of(st.sampled_from(HOSTILE), st.text("=+-@;,|\t\r\n'\" a1\u00a0", max_size=12))


def formulas_in(content: str) -> list[str]:
    """What a spreadsheet would run, with each of the separators that a PC may have, also one blind to quotation marks.

    A number that a quotation mark follows is no formula: nothing can go on from there.
    """
    found = []
    for separator in SEPARATORS:
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, quoting=quoting)
            found += [cell.lstrip('"').lstrip() for record in reader for cell in record]
    return [cell for cell in found if is_formula(cell) and not ENDED_NUMBER.match(cell)]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=3), st.sampled_from(SEPARATORS))
def test_no_separator_of_any_pc_turns_a_cell_into_a_formula(notes: list[tuple[str, str]], separator: str) -> None:
    rows = [{"Teléfono": PHONE, "Nombre": name, "Nota": note} for name, note in notes]
    content = b"".join(csv_chunks(rows, columns, separator=separator)).decode("utf-8-sig")
    assert formulas_in(content) == []


def test_rejected_rows_hold_no_formula_either() -> None:
    refused = [(Row(7, {"Nota": note, "Teléfono": "x"}), "=motivo;=1") for note in HOSTILE]
    assert formulas_in(b"".join(rejected_chunks(refused, ["Teléfono", "Nota"])).decode("utf-8-sig")) == []


@pytest.mark.parametrize("number", [PHONE, "+506 8811-0027; +506 8811-0028", "8811-0027, 2222-3333", "-5"])
def test_phones_stay_as_they_are(number: str) -> None:
    assert guard(number) == number


def test_an_export_comes_back_as_it_was(web: Web) -> None:
    made = [
        web.create(phone=f"+506 8811-00{number}", name="Ana; =1", note=note) for number, note in enumerate(HOSTILE, 10)
    ]
    exported = web.ask("manager", "GET", "/export?format=csv").get_data()
    assert formulas_in(exported.decode("utf-8-sig")) == []
    for contact in made:
        assert web.edit("manager", contact, note="", name="otra").status_code == 200
    headers = {"Content-Type": "text/csv"}
    report: dict[str, Any] = web.ask("manager", "POST", "/import", data=exported, headers=headers).json
    assert (report["updated"], report["rejected"]) == (len(made), 0), report
    for contact in made:
        now = web.ask("manager", "GET", f"/contacts/{contact['id']}").json
        assert (now["name"], now["note"], now["phone"]) == (contact["name"], contact["note"], contact["phone"])
