"""The sample lists come in as their README says: over HTTP and from Python, dry and for real, once and again."""

from __future__ import annotations

import pytest

from callmanager.server.imports.runs import BATCH_ROWS, PART_ROWS
from tests.server.lists_in import SAMPLES, bring, contacts, figures, from_python, seq
from tests.web import Web

EXPECTED = {
    "contactos_cr.csv": (5200, 5000, 0, 0, 200, 0),
    "excel_es.csv": (309, 304, 0, 0, 0, 5),
    "paises.csv": (12, 10, 0, 0, 2, 0),
}
AGAIN = {
    "contactos_cr.csv": (5200, 0, 0, 5000, 200, 0),
    "excel_es.csv": (309, 0, 0, 304, 0, 5),
    "paises.csv": (12, 0, 0, 10, 2, 0),
}
NAMES = sorted(EXPECTED)


@pytest.mark.parametrize("name", NAMES)
def test_sample_comes_in_over_http_with_the_figures_of_its_readme(web: Web, name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    before = seq(web)
    assert figures(bring(web, content, dry_run="1")) == EXPECTED[name]
    assert (seq(web), contacts(web)) == (before, [])
    report = bring(web, content)
    assert (figures(report), report["state"]) == (EXPECTED[name], "done")
    assert len(contacts(web)) == EXPECTED[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_sample_comes_in_from_python_with_the_figures_of_its_readme(web: Web, name: str) -> None:
    assert figures(from_python(web, SAMPLES / name, dry_run=True)) == EXPECTED[name]
    assert contacts(web) == []
    assert figures(from_python(web, SAMPLES / name)) == EXPECTED[name]
    assert len(contacts(web)) == EXPECTED[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_importing_twice_changes_nothing_but_the_record_of_the_import(web: Web, name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    bring(web, content)
    before, known = seq(web), contacts(web)
    assert figures(bring(web, content, dry_run="1")) == AGAIN[name]
    assert seq(web) == before
    assert figures(bring(web, content)) == AGAIN[name]
    assert contacts(web) == known
    since = web.ask("boss", "GET", f"/changes?since={before}&limit=1000").json
    rows = EXPECTED[name][0]  # a batch is written in as many turns as others leave it, of a part or more each
    fewest, most = (2 + -(-rows // size) for size in (BATCH_ROWS, PART_ROWS))
    assert [change["entity"] for change in since] == ["import"] * len(since)
    assert fewest <= len(since) <= most


def test_repeated_rows_wipe_neither_status_nor_note(web: Web) -> None:
    bring(web, (SAMPLES / "contactos_cr.csv").read_bytes())
    by_name = {contact["name"]: contact for contact in contacts(web)}
    assert by_name["Álvaro Campos Echeverría"]["status"] == "NC"
    assert sum(bool(contact["note"]) for contact in by_name.values()) > 1000
    assert all(len(contact["phones"]) == 1 for contact in by_name.values())


def test_spanish_excel_is_read_with_its_damage_and_each_refused_row_has_its_reason(web: Web) -> None:
    report = bring(web, (SAMPLES / "excel_es.csv").read_bytes())
    reasons = [(error["row"], error["field"], error["code"]) for error in report["errors"]]
    assert reasons == [
        (302, "phone", "phone_damaged"),
        (305, "phone", "phone_formula"),
        (307, "phone", "phone_missing"),
        (308, "phone", "phone_too_short"),
        (310, "phone", "phone_letters"),
    ]
    by_phone = {contact["phone_e164"]: contact for contact in contacts(web)}
    assert by_phone["+50688123456"]["name"] == "Ana Rodríguez Trejos"
    assert by_phone["+50688123457"]["name"] == "Ximena Herrera Céspedes"
    assert by_phone["+50688123458"]["name"] == '=HYPERLINK("x")'
    assert by_phone["+50688123459"]["name"] == ""


def test_the_same_digits_in_different_countries_stay_different_people(web: Web) -> None:
    bring(web, (SAMPLES / "paises.csv").read_bytes())
    found = contacts(web)
    assert [contact["name"] for contact in found if contact["phone_e164"] == "+50688123456"] == ["Costa Rica 2"]
    assert "555123456" in [contact["phone"] for contact in found if not contact["phone_valid"]]
