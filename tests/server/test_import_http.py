"""POST /import as programs and people send it: every media type, mappings, repeats, limits, refusals."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.server.lists_in import SAMPLES, bring, contacts, figures
from tests.web import Web

CSV = b"telefono,nombre\n8888-1111,Ana\n8888-2222,Luis\n"
FORM = "application/x-www-form-urlencoded"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def post(web: Web, body: Any, kind: str | None = "text/csv", *, who: str = "manager", **how: Any) -> TestResponse:
    return web.ask(who, "POST", "/import", data=body, content_type=kind, **how)


def refusal(answer: TestResponse) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.json["code"]


@pytest.mark.parametrize("kind", [None, FORM, "application/json", "text/plain"])
def test_the_documented_line_works_whatever_type_curl_declares(web: Web, kind: str | None) -> None:
    answer = post(web, '[{"phone":"555123456","name":"Juan"}]', kind)
    assert (answer.status_code, figures(answer.json)) == (201, (1, 1, 0, 0, 0, 0))
    (found,) = contacts(web)
    assert (found["phone"], found["phone_valid"], found["name"]) == ("555123456", False, "Juan")


def test_a_form_brings_the_file_its_name_and_the_options(web: Web) -> None:
    file = (io.BytesIO(CSV), "listas/enero.csv")
    answer = post(web, {"file": file, "policy": "skip"}, "multipart/form-data")
    assert figures(answer.json) == (2, 2, 0, 0, 0, 0)
    shown = web.ask("manager", "GET", answer.headers["Location"]).json
    assert (shown["file_name"], shown["options"]["policy"]) == ("enero.csv", "skip")


def test_a_form_without_a_file_or_with_an_unknown_field_is_refused(web: Web) -> None:
    assert refusal(post(web, {"policy": "skip"}, "multipart/form-data")) == (422, "file_missing")
    strange = {"file": (io.BytesIO(CSV), "a.csv"), "polizy": "skip"}
    assert refusal(post(web, strange, "multipart/form-data")) == (422, "invalid_input")


def test_a_workbook_comes_in(web: Web) -> None:
    assert web.ask("manager", "GET", "/export?format=xlsx").status_code == 200
    bring(web, CSV)
    book = web.ask("manager", "GET", "/export?format=xlsx").data
    assert figures(post(web, book, XLSX).json) == (2, 0, 0, 2, 0, 0)


def test_columns_go_where_the_caller_says(web: Web) -> None:
    body = b"a,b,c\n8888-1111,Ana,secreto\n"
    mapping = '{"a": "phone", "b": "extra:apodo", "c": "skip"}'
    assert post(web, body, query_string={"mapping": mapping}).status_code == 201
    (found,) = contacts(web)
    assert (found["name"], found["extra"]) == ("", {"apodo": "Ana"})


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("{roto", (422, "mapping_invalid")),
        ('{"a": 1}', (422, "mapping_invalid")),
        ('{"nada": "phone"}', (422, "mapping_unknown_column")),
        ('{"a": "fax"}', (422, "mapping_unknown_target")),
        ('{"b": "name"}', (422, "mapping_no_phone")),
        ("no guardada", (404, "mapping_not_found")),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(web: Web, mapping: str, expected: tuple[int, str]) -> None:
    assert refusal(post(web, b"a,b\n8888-1111,Ana\n", query_string={"mapping": mapping})) == expected
    assert contacts(web) == []


def test_a_saved_mapping_is_used_by_its_name_replaced_and_removed(web: Web) -> None:
    for target in ("company", "name"):
        given = {"name": "Lista de enero", "columns": {"a": "phone", "b": target}}
        answer = web.ask("manager", "POST", "/import-mappings", json=given)
        assert answer.status_code == 201
    assert [saved["columns"]["b"] for saved in web.ask("manager", "GET", "/import-mappings").json] == ["name"]
    post(web, b"a,b\n8888-1111,Ana\n", query_string={"mapping": "LISTA DE ENERO"})
    assert contacts(web)[0]["name"] == "Ana"
    assert web.ask("manager", "DELETE", f"/import-mappings/{answer.json['id']}").status_code == 200
    assert web.ask("manager", "GET", "/import-mappings").json == []
    assert post(web, b"a\n8888-1111\n", query_string={"mapping": "Lista de enero"}).status_code == 404
    assert web.ask("manager", "POST", "/import-mappings", json=given).status_code == 201


def test_a_preview_shows_columns_mapping_and_first_rows_and_writes_nothing(web: Web) -> None:
    content = (SAMPLES / "excel_es.csv").read_bytes()
    answer = web.ask("manager", "POST", "/import/preview", data=content, content_type="text/csv")
    seen = answer.json
    assert (seen["encoding"], seen["separator"], seen["rows_in_file"], len(seen["rows"])) == ("cp1252", ";", 309, 20)
    assert seen["mapping"]["Teléfono móvil"] == "phone"
    assert (seen["rows"][0]["row"], seen["rows"][0]["cells"]["Nombre completo"]) == (2, "María Leiva Araya")
    assert web.ask("manager", "GET", "/imports").json == []


def test_a_preview_shows_columns_also_when_none_is_known_for_the_phones(web: Web) -> None:
    content = "cosa,otra\nAna,azul\nLuis,rojo\n"
    answer = web.ask("manager", "POST", "/import/preview", data=content, content_type="text/csv")
    assert (answer.status_code, answer.json["columns"]) == (200, ["cosa", "otra"])
    assert refusal(post(web, content.encode())) == (422, "mapping_no_phone")


def test_the_same_request_sent_again_is_done_once_and_answered_alike(web: Web) -> None:
    first = post(web, CSV, repeat="lunes", query_string={"policy": "create"})
    again = post(web, CSV, repeat="lunes", query_string={"policy": "create"})
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(contacts(web)) == 2
    other = post(web, CSV + b"8888-3333,Eva\n", repeat="lunes", query_string={"policy": "create"})
    assert refusal(other) == (422, "idempotency_key_reused")


def test_a_form_sent_again_is_the_same_whatever_its_boundary(web: Web) -> None:
    for boundary in ("uno", "dos"):
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'.encode()
        answer = post(
            web, body + CSV + f"\r\n--{boundary}--".encode(), f"multipart/form-data; boundary={boundary}", repeat="k"
        )
        assert answer.status_code == 201, answer.text
    assert len(web.ask("manager", "GET", "/imports").json) == 1


def test_a_repeat_of_an_import_that_was_not_answered_is_told_where_to_look(web: Web) -> None:
    """As after a crash in the middle: the key is claimed, and no answer was kept."""
    first = post(web, CSV, repeat="martes")
    with web.services.storage.write() as connection:
        connection.exec_driver_sql("UPDATE idempotency_keys SET status = NULL, answer = NULL")
    again = post(web, CSV, repeat="martes")
    assert refusal(again) == (409, "import_running")
    assert again.json["fields"]["location"] == first.headers["Location"]


def test_refused_rows_come_back_with_number_and_reason_and_can_be_mended(web: Web) -> None:
    report = bring(web, (SAMPLES / "excel_es.csv").read_bytes())
    answer = web.ask(
        "manager", "GET", f"/imports/{report['import_id']}/rejected.csv", headers={"Accept-Language": "en"}
    )
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Teléfono móvil,Nombre completo,Correo,Observaciones,fila,motivo"
    assert len(lines) == 6
    assert lines[2].startswith("'=SUMA(1;2),Ximena Trejos Trejos,,fórmula en el teléfono,305,")
    mended = answer.data.replace(b"123,Nuria", b"8777-1234,Nuria")
    assert figures(bring(web, mended)) == (5, 1, 0, 0, 0, 4)


def test_of_many_refused_rows_the_answer_shows_the_first_and_the_file_all(web: Web) -> None:
    report = bring(web, [{"phone": "x"}] * 1300)
    assert (len(report["errors"]), report["errors_omitted"], report["rejected"]) == (200, 1100, 1300)
    rejected = web.ask("manager", "GET", f"/imports/{report['import_id']}/rejected.csv").text
    assert len(rejected.splitlines()) == 1301


def test_the_eleventh_import_within_a_minute_has_to_wait(tmp_path: Path) -> None:
    web = Web(tmp_path, {"IMPORT_PER_MINUTE": 10})
    answers = [post(web, CSV, query_string={"dry_run": "1"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    web.close()


@pytest.mark.parametrize("who", ["free", "agent-norte", "lead-norte"])
def test_only_managers_and_administrators_import(web: Web, who: str) -> None:
    assert refusal(post(web, CSV, who=who)) == (403, "forbidden")
    for path in ("/imports", "/imports/1", "/imports/1/rejected.csv", "/import-mappings"):
        assert web.ask(who, "GET", path).status_code == 403
    for path in ("/import/preview", "/imports/1/undo", "/imports/1/cancel"):
        assert web.ask(who, "POST", path).status_code == 403


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", "text/csv", "file_empty"),
        (b"[{", "application/json", "file_json"),
        (b'{"a": 1}', "application/json", "file_json_shape"),
        (b"telefono\n8888\0\n", "text/csv", "file_nul"),
        (b"telefono,nota\n88881111," + b"x" * 70_000, "text/csv", "file_cell_too_long"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, XLSX, "file_old_excel"),
        (b"sin nada\nque sirva\n", "text/csv", "file_one_column"),
    ],
)
def test_a_hostile_or_useless_file_gets_a_clear_refusal(web: Web, body: bytes, kind: str, code: str) -> None:
    assert refusal(post(web, body, kind)) == (422, code)
    assert contacts(web) == []
    assert web.ask("manager", "GET", "/imports").json == []


def test_a_bomb_is_refused_unopened(web: Web) -> None:
    assert refusal(post(web, bomb(), XLSX))[0] == 422
    assert web.ask("manager", "GET", "/imports").json == []


def test_a_list_with_too_many_rows_or_bytes_is_refused(tmp_path: Path) -> None:
    web = Web(tmp_path, {"MAX_IMPORT_ROWS": 1000, "MAX_IMPORT_MEGABYTES": 1})
    rows = b"telefono\n" + b"88881111\n" * 1001
    assert refusal(post(web, rows)) == (422, "file_too_many_rows")
    for path in ("/import", "/import/preview"):
        answer = web.ask("manager", "POST", path, data=b"x" * 1_100_000, content_type="text/csv")
        assert refusal(answer) == (413, "body_too_large")
    web.close()
