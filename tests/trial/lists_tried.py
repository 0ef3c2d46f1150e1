"""Tries lists in the shapes that people's files have: what a preview, a dry run and an import say of each."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from tests.server.lists_in import bring
from tests.web import Web

TRIED = Path(__file__).parents[1] / "samples" / "trial"


def sample(name: str) -> bytes:
    return (TRIED / name).read_bytes()


def preview(web: Web, content: bytes, **how: Any) -> dict[str, Any]:
    """POST /import/preview; the answer, which must be good."""
    answer = web.ask("manager", "POST", "/import/preview", query_string=how, data=content, content_type="text/csv")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def refusal(web: Web, content: bytes, **how: Any) -> str:
    """The code with which the whole file is refused."""
    answer = web.ask("manager", "POST", "/import", query_string=how, data=content, content_type="text/csv")
    assert answer.status_code == 422, answer.text
    assert answer.json["detail"]
    return str(answer.json["code"])


def tried(web: Web, content: bytes, **how: Any) -> dict[str, Any]:
    """The report of the import, after a dry run that said the same but for what it could not know."""
    dry = bring(web, content, dry_run="1", **how)
    real = bring(web, content, **how)
    unknown = {"import_id", "remarks", "state"}
    assert {name: dry[name] for name in dry.keys() - unknown} == {name: real[name] for name in real.keys() - unknown}
    without_contact = [{**one, "contact_id": None, "contact": ""} for one in real["remarks"]]
    assert [{**one, "contact_id": None, "contact": ""} for one in dry["remarks"]] == without_contact
    return real


def people(web: Web) -> dict[str, list[str | None]]:
    """Every contact by its name: its numbers in E.164, or as written."""
    found: list[dict[str, Any]] = web.ask("boss", "GET", "/contacts?limit=1000").json
    return {one["name"]: [phone["e164"] or phone["number"] for phone in one["phones"]] for one in found}


def fields(web: Web, name: str) -> dict[str, Any]:
    """One contact by its name."""
    found: list[dict[str, Any]] = web.ask("boss", "GET", "/contacts?limit=1000").json
    return next(one for one in found if one["name"] == name)


def table(web: Web, path: str) -> list[dict[str, str]]:
    """A CSV of the server, by its headings."""
    answer = web.ask("manager", "GET", path)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def workbook(hidden_rows: tuple[int, ...] = (), **sheets: list[list[str]]) -> bytes:
    """A workbook with these sheets; of the first one some rows (from 0) are hidden."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
            if number in hidden_rows and name == next(iter(sheets)):
                sheet.set_row(number, None, None, {"hidden": True})
    book.close()
    return out.getvalue()
