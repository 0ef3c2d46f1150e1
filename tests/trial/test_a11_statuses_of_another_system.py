"""A11: words of another system refuse no list: they are mapped, or kept beside the contact and counted."""

from __future__ import annotations

import json

import pytest

from tests.server.lists_in import contacts, figures
from tests.trial.lists_tried import fields, tried
from tests.web import Web

LIST = b"telefono;nombre;status\n8811-0001;Ana;new\n8811-0002;Luis;called\n8811-0003;Eva;Called\n8811-0004;Leo;VENTA\n"
WORDS = {"new": "SIN_GESTIONAR", "CALLED": "NC"}


def test_without_a_mapping_the_rows_come_in_and_the_words_are_counted(web: Web) -> None:
    report = tried(web, LIST)
    assert (figures(report), report["unknown_statuses"]) == ((4, 4, 0, 0, 0, 0), 3)
    assert {one["word"]: one["rows"] for one in report["status_words"]} == {"new": 1, "called": 1, "Called": 1}
    assert [(one["status"], one["extra"]) for one in contacts(web)] == [
        ("SIN_GESTIONAR", {"status": "new"}),
        ("SIN_GESTIONAR", {"status": "called"}),
        ("SIN_GESTIONAR", {"status": "Called"}),
        ("VENTA", {}),
    ]


def test_words_of_any_length_and_shape_refuse_nobody(web: Web) -> None:
    words = ["x" * 70, "#N/A", "-", "1", "Jalisco", "  No   contesta ", "venta", "LLAMAR: martes; 10h", "Ñandú/ok"]
    rows = "".join(f'8811-00{number:02};N{number};"{word}"\n' for number, word in enumerate(words, 10))
    report = tried(web, f"telefono;nombre;Tipificación\n{rows}".encode())
    assert (report["inserted"], report["unknown_statuses"], report["broken_cells"]) == (9, 6, 1)
    kept = [one["extra"].get("Tipificación", one["status"]) for one in contacts(web)]
    assert kept == ["x" * 70, "SIN_GESTIONAR", "-", "1", "Jalisco", "NC", "VENTA", "LLAMAR: martes; 10h", "Ñandú/ok"]


def test_a_known_contact_keeps_its_status(web: Web) -> None:
    web.create(phone="8811-0002", name="Luis", status="INTERESADO")
    tried(web, LIST)
    luis = fields(web, "Luis")
    assert (luis["status"], luis["extra"]) == ("INTERESADO", {"status": "called"})


def test_words_are_mapped_to_statuses_whatever_their_case(web: Web) -> None:
    report = tried(web, LIST, statuses=json.dumps(WORDS))
    assert report["unknown_statuses"] == 0
    assert [one["status"] for one in contacts(web)] == ["SIN_GESTIONAR", "NC", "NC", "VENTA"]
    assert not any(one["extra"] for one in contacts(web))


def test_the_words_are_remembered_with_the_mapping(web: Web) -> None:
    columns = {"telefono": "phone", "nombre": "name", "status": "status"}
    given = {"name": "De VICIdial", "columns": columns, "statuses": WORDS}
    saved = web.ask("manager", "POST", "/import-mappings", json=given).json
    assert (saved["columns"], saved["statuses"]) == (columns, {"new": "SIN_GESTIONAR", "CALLED": "NC"})
    assert web.ask("manager", "GET", "/import-mappings").json == [saved]
    tried(web, LIST, mapping="De VICIdial")
    assert [one["status"] for one in contacts(web)] == ["SIN_GESTIONAR", "NC", "NC", "VENTA"]


def test_a_mapping_of_before_has_no_words(web: Web) -> None:
    saved = web.ask("manager", "POST", "/import-mappings", json={"name": "Vieja", "columns": {"tel": "phone"}}).json
    assert saved["statuses"] == {}


def test_a_strict_import_refuses_unknown_words(web: Web) -> None:
    report = tried(web, LIST, strict_statuses="1")
    assert figures(report) == (4, 1, 0, 0, 0, 3)
    assert {error["code"] for error in report["errors"]} == {"status_unknown"}


@pytest.mark.parametrize("words", ['{"new": "INVENTADO"}', "[]", "{", '{"new": 1}'])
def test_words_for_a_status_that_there_is_not_are_refused(web: Web, words: str) -> None:
    answer = web.ask("manager", "POST", "/import", query_string={"statuses": words}, data=LIST, content_type="text/csv")
    assert answer.status_code == 422
    assert contacts(web) == []
