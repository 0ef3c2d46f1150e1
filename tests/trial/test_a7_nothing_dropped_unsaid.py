"""A7: an extension is part of its phone, and every value that a merge leaves out is told with row and contact."""

from __future__ import annotations

import pytest

from callmanager.server.lists.headers import guess_mapping
from tests.server.lists_in import figures
from tests.trial.lists_tried import fields, people, sample, table, tried
from tests.web import Web

SHARED = "Nombre;Teléfono;Correo;Nota\nAna Mora;2222-7001;ana@example.com;\nLuis Rojas;2222-7001;luis@example.com;x\n"


def test_three_people_of_one_office_stay_three_people(web: Web) -> None:
    assert figures(tried(web, sample("extension_column.csv"))) == (3, 3, 0, 0, 0, 0)
    keys = [fields(web, name)["phones"][0]["key"] for name in ("Ana Mora", "Luis Rojas", "Eva Solís")]
    assert keys == [f"+50622227001;ext={number}" for number in (101, 102, 103)]


def test_the_extension_belongs_to_the_phone_on_its_left(web: Web) -> None:
    text = "Nombre;Celular;Tel. oficina;Ext.\nAna;8811-0001;2222-7001;101\nLuis;8811-0002;2222-7001;102\n"
    tried(web, text.encode())
    assert [phone["key"] for phone in fields(web, "Luis")["phones"]] == ["+50688110002", "+50622227001;ext=102"]


@pytest.mark.parametrize(
    "heading",
    [
        *("Anexo", "Interno", "Extensión telefónica", "Ext. Tel.", "No. Ext", "Nº de extensión", "Ramal", "Ext/Int"),
        *("Extension Number", "Work Extension", "Extensión oficina", "phone_ext"),
    ],
)
def test_an_extension_is_known_by_its_heading_and_its_digits(heading: str) -> None:
    rows = [{"Teléfono": "2222-7001", heading: value} for value in ("101", "x102", "Ext. 103", "104.0")]
    assert guess_mapping(["Teléfono", heading], rows)[heading] == "extension"


@pytest.mark.parametrize(
    "header", ["Tel 1;Tel 2;Ext 1;Ext 2", "Tel casa;Tel oficina;Ext casa;Ext oficina", "Ext 1;Tel 1;Ext 2;Tel 2"]
)
def test_each_of_two_phones_has_its_own_extension(web: Web, header: str) -> None:
    cells = {"Tel": ("2222-7001", "2222-7002"), "Ext": ("101", "202")}
    places = {"1": 0, "2": 1, "casa": 0, "oficina": 1}
    row = [cells[kind][places[which]] for kind, which in (heading.split() for heading in header.split(";"))]
    tried(web, f"Nombre;{header}\nAna;{';'.join(row)}\n".encode())
    keys = {phone["key"] for phone in fields(web, "Ana")["phones"]}
    assert keys == {"+50622227001;ext=101", "+50622227002;ext=202"}


def test_what_kind_of_phone_a_row_says_is_in_the_contact_or_told(web: Web) -> None:
    header = "Nombre,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n"
    rows = "Ana,Casa roja,2222-3401,Casa azul,2222-3401\nLuis,Bodega,2222-3402,,\nLuis,Taller,2222-3402,,\n"
    web.create(phone="2222-3402", name="Luis")
    report = tried(web, (header + rows).encode())
    assert fields(web, "Ana")["phones"][0]["label"] == "Casa roja"
    assert fields(web, "Ana")["extra"] == {"teléfono Casa azul": "2222-3401"}
    assert fields(web, "Luis")["phones"][0]["label"] == "Bodega"
    assert [(one["row"], one["field"], one["value"]) for one in report["remarks"]] == [(4, "phone_label", "Taller")]


def test_a_text_that_is_too_long_for_a_zone_or_a_label_is_kept(web: Web) -> None:
    text = f"Nombre;Tipo de teléfono;Teléfono;Zona\nAna;{'tipo ' * 20};2222-7001;{'zona ' * 20}\n"
    tried(web, text.encode())
    assert set(fields(web, "Ana")["extra"].values()) == {("tipo " * 20).strip(), ("zona " * 20).strip()}


def test_kinds_that_are_not_as_many_as_the_phones_of_the_cell_are_kept(web: Web) -> None:
    tried(web, 'Nombre;Tipo de teléfono;Teléfono\nAna;"Casa\nTaller";2222-7001\n'.encode())
    ana = fields(web, "Ana")
    assert (ana["phones"][0]["label"], ana["extra"]) == ("Casa", {"teléfono Casa": "Casa\nTaller"})


def test_an_extension_that_is_none_or_has_no_phone_is_kept(web: Web) -> None:
    text = (
        "Nombre;Celular;Oficina;Ext\nAna;8811-0001;2222-7001;ventas\nLuis;8811-0002;;103\nEva;8811-0003;2222-7003;7\n"
    )
    tried(web, text.encode())
    assert fields(web, "Ana")["extra"] == {"Ext": "ventas"}
    assert fields(web, "Luis")["extra"] == {"Ext": "103"}
    assert fields(web, "Eva")["phones"][1]["key"] == "+50622227003;ext=7"


def test_what_a_merge_leaves_out_is_told_with_row_and_contact(web: Web) -> None:
    report = tried(web, SHARED.encode())
    assert (figures(report), report["dropped_values"]) == ((2, 1, 0, 0, 1, 0), 2)
    told = [(one["row"], one["contact"], one["field"], one["value"]) for one in report["remarks"]]
    assert told == [(3, "Ana Mora", "name", "Luis Rojas"), (3, "Ana Mora", "email", "luis@example.com")]
    rows = table(web, f"/imports/{report['import_id']}/remarks.csv")
    assert [(row["fila"], row["contacto"], row["campo"], row["valor"]) for row in rows] == [
        (str(row), *rest) for row, *rest in told
    ]
    assert all(int(row["id"]) == fields(web, "Ana Mora")["id"] and row["motivo"] for row in rows)
    again = web.ask("manager", "GET", f"/imports/{report['import_id']}").json
    assert (again["remarks"], again["remarks_omitted"]) == (report["remarks"], 0)
    assert table(web, f"/imports/{report['import_id']}/rejected.csv") == []


def test_a_merge_across_batches_is_told_too_and_a_dry_run_knows_it(web: Web) -> None:
    long = [f"N{number};6{number:07d};;" for number in range(1_200)]
    text = "\n".join([SHARED.splitlines()[0], "Ana;2222-7001;;", *long, "Ana;2222-7001;;", "Luis;2222-7001;;n", ""])
    report = tried(web, text.encode())
    assert [(one["row"], one["field"], one["value"]) for one in report["remarks"]] == [(1204, "name", "Luis")]


def test_a_number_that_another_contact_has_is_told(web: Web) -> None:
    web.create(phone="8811-0001", name="Eva")
    web.create(phone="8811-0002", name="Leo")
    report = tried(web, b"telefono;celular;nombre\n8811-0001;8811-0002;Eva\n")
    assert [(one["code"], one["value"]) for one in report["remarks"]] == [("number_of_others", "8811-0002")]


def test_values_of_columns_that_are_not_imported_are_counted(web: Web) -> None:
    text = b"telefono;nombre;zona\n8811-0001;Ana;norte\n8811-0002;Luis;\n"
    report = tried(web, text, mapping='{"telefono": "phone", "nombre": "name"}')
    assert report["left_columns"] == {"zona": 1}
    assert set(people(web)) == {"Ana", "Luis"}


def test_a_whole_name_beside_its_parts_loses_none_of_them(web: Web) -> None:
    text = "telefono;nombre completo;primer nombre;apellidos\n8811-0001;Ana Mora;Ana;Mora Castro\n"
    tried(web, text.encode())
    assert fields(web, "Ana Mora")["extra"] == {"nombre": "Ana Mora Castro"}
