"""Contacts go out as CSV, workbook or JSON: whole, harmless, within one's reach, recorded, and they come in again."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest

from tests.server.lists_in import SAMPLES, bring, contacts, figures, seq
from tests.web import Web

ODD = {
    "phones": [{"number": "2222-3344", "label": "casa"}, "+506 6011 2233", "555123456"],
    "name": "=1+1",
    "company": '@SUM("x")',
    "note": "-dos\n\tlíneas 'así'",
    "status": "INTERESADO",
    "extra": {"Apellidos": "a\nb", "celular": "77", "id": "5", "Correo": "k", "Teléfono": "no", "plan de datos": "'x"},
}


def make_odd(web: Web) -> None:
    assert web.ask("manager", "POST", "/contacts", json=ODD).status_code == 201


def texts(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("format_name", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_importing_our_own_export_changes_nothing(web: Web, format_name: str, language: str) -> None:
    bring(web, (SAMPLES / "excel_es.csv").read_bytes())
    bring(web, (SAMPLES / "paises.csv").read_bytes())
    make_odd(web)
    answer = web.ask("manager", "GET", f"/export?format={format_name}", headers={"Accept-Language": language})
    known = contacts(web)
    kind = answer.mimetype
    again = web.ask("manager", "POST", "/import", data=answer.data, content_type=kind)
    assert figures(again.json) == (len(known), 0, 0, len(known), 0, 0), again.json["errors"]
    assert contacts(web) == known


def test_a_csv_has_spanish_headings_and_runs_no_formulas_but_phones_stay_intact(web: Web) -> None:
    make_odd(web)
    answer = web.ask("manager", "GET", "/export")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="contactos_')
    (row,) = texts(answer.data)
    assert list(row)[:8] == ["Teléfono", "Teléfono 2", "Teléfono 3", "Nombre", "Correo", "Empresa", "Nota", "Estado"]
    assert [row["Teléfono"], row["Teléfono 2"], row["Teléfono 3"]] == ["2222-3344", "+506 6011 2233", "555123456"]
    assert (row["Nombre"], row["Empresa"]) == ("'=1+1", '\'@SUM("x")')


def test_names_stand_where_the_server_has_numbers(web: Web) -> None:
    web.create(phone="88881111", team_id=web.teams["Norte"], assigned_to=web.ids["agent-norte"])
    (row,) = texts(web.ask("manager", "GET", "/export").data)
    assert (row["Equipo (CM)"], row["Asignado a (CM)"], row["Intentos (CM)"]) == ("Norte", "agent-norte", "0")


def test_filters_choose_what_goes_out(web: Web) -> None:
    web.create(phone="88881111", status="NC")
    web.create(phone="88882222", status="VENTA", status_reason="Vino a la oficina")
    assert [row["Teléfono"] for row in texts(web.ask("manager", "GET", "/export?status=NC").data)] == ["88881111"]
    assert [c["status"] for c in web.ask("manager", "GET", "/export?format=json&q=8888222").json] == ["VENTA"]
    assert web.ask("manager", "GET", "/export?limit=1").status_code == 422


def test_a_team_lead_takes_out_his_own_team_only(web: Web) -> None:
    for phone, team in (("88881111", "Norte"), ("88882222", "Sur"), ("88883333", None)):
        web.create(phone=phone, team_id=web.teams[team] if team else None)
    own = web.ask("lead-norte", "GET", "/export?format=json").json
    assert [contact["phone"] for contact in own] == ["88881111"]
    for team_id in (web.teams["Sur"], 0):
        assert web.ask("lead-norte", "GET", f"/export?team_id={team_id}").status_code == 403
    assert web.ask("agent-norte", "GET", "/export").status_code == 403
    assert web.ask(None, "GET", "/export").status_code == 401


@pytest.mark.parametrize("format_name", ["csv", "xlsx", "json"])
def test_an_export_is_recorded_where_only_administrators_look(web: Web, format_name: str) -> None:
    web.create(phone="88881111", status="NC")
    before = seq(web)
    assert web.ask("manager", "GET", f"/export?format={format_name}&status=NC").status_code == 200
    (line,) = web.ask("boss", "GET", "/changes?entity=export").json
    assert (line["actor"]["name"], seq(web)) == ("manager", before + 1)
    told = {name: values[1] for name, values in line["fields"].items()}
    assert (told["format"], told["contacts"], told["filters"]["status"]) == (format_name, 1, "NC")
    assert web.ask("manager", "GET", "/changes?entity=export").json == []


def test_a_refused_export_leaves_no_record(web: Web) -> None:
    before = seq(web)
    web.ask("agent-norte", "GET", "/export")
    web.ask("manager", "GET", "/export?format=pdf")
    assert seq(web) == before


def test_a_workbook_leaves_no_file_behind(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "passing"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    web.create(phone="88881111")
    whole = web.ask("manager", "GET", "/export?format=xlsx")
    assert whole.data.startswith(b"PK")
    whole.close()
    left = web.ask("manager", "GET", "/export?format=xlsx", buffered=False)
    assert len(list(folder.iterdir())) == 1
    left.close()
    assert list(folder.iterdir()) == []


def test_a_long_list_goes_out_in_pieces(web: Web) -> None:
    bring(web, (SAMPLES / "contactos_cr.csv").read_bytes())
    answer = web.ask("manager", "GET", "/export")
    assert "Content-Length" not in answer.headers
    assert len(texts(answer.data)) == 5000
