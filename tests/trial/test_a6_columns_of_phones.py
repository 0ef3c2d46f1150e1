"""A6: columns that are plainly phones are phones: address books, lists of dialers, and what people write."""

from __future__ import annotations

import pytest

from callmanager.server.lists.headers import guess_mapping
from tests.server.lists_in import figures
from tests.trial.lists_tried import fields, people, sample, tried
from tests.web import Web

OUTLOOK = (
    "First Name,Last Name,Company,Business Fax,Business Phone,Business Phone 2,Home Phone,Mobile Phone,Primary Phone,"
    "Company Main Phone,E-mail Address,E-mail Type,E-mail 2 Address\n"
    "Ana,Mora,Ejemplo SA,,2222-0101,,,8811-0101,,,ana@example.com,SMTP,ana.mora@example.org\n"
    "Luis,Rojas,,,2222-0102,,,,,,,,\n"
    "Eva,Solís,,,,,,,,2222-0103,,,\n"
)


def test_an_address_book_of_google_is_read_with_its_labels(web: Web) -> None:
    assert figures(tried(web, sample("google_contacts.csv"))) == (2, 2, 0, 0, 0, 0)
    ana = fields(web, "Ana Mora")
    assert [(phone["e164"], phone["label"]) for phone in ana["phones"]] == [
        ("+50688110120", "Mobile"),
        ("+50622220120", "Work"),
    ]
    assert (ana["email"], ana["company"]) == ("ana@example.com", "Ejemplo SA")
    assert people(web)["Luis Rojas"] == ["+50688110121"]


def test_several_values_of_google_in_one_cell_are_several_phones(web: Web) -> None:
    text = sample("google_contacts.csv").decode()
    text = text.replace("Mobile,+506 8811-0120,Work,2222-0120", "* Mobile ::: Work,+506 8811-0120 ::: 2222-0120,,")
    tried(web, text.encode())
    found = [(phone["e164"], phone["label"]) for phone in fields(web, "Ana Mora")["phones"]]
    assert found == [("+50688110120", "Mobile"), ("+50622220120", "Work")]


def test_an_address_book_of_outlook_is_read_and_nobody_with_another_phone_only_is_refused(web: Web) -> None:
    assert figures(tried(web, OUTLOOK.encode())) == (3, 3, 0, 0, 0, 0)
    labels = {phone["label"]: phone["e164"] for phone in fields(web, "Ana Mora")["phones"]}
    assert set(labels.values()) == {"+50622220101", "+50688110101"}
    assert "Business" in labels
    assert people(web)["Luis Rojas"] == ["+50622220102"]
    assert people(web)["Eva Solís"] == ["+50622220103"]


OUTLOOK_ES = (
    "Nombre,Segundo nombre,Apellidos,Organización,Fax del trabajo,Teléfono del trabajo,Teléfono móvil,Télex,"
    "Radioteléfono,Teléfono del ayudante,Dirección de correo electrónico,Dirección del correo electrónico 2\n"
    "Ana,María,Mora,Ejemplo,,2222-0101,8811-0101,,,,a@example.com,a2@example.com\n"
    "Luis,,Rojas,,,,,,8811-0102,,,\nEva,,Solís,,,,,,,2222-0103,,\n"
)
THUNDERBIRD = (
    "First Name,Last Name,Display Name,Primary Email,Secondary Email,Work Phone,Fax Number,Pager Number,Mobile Number\n"
    "Ana María,Mora,Ana María Mora,a@example.com,a2@example.com,2222-0101,,,8811-0101\n"
    "Luis,Rojas,Luis Rojas,,,,,8811-0102,\nEva,Solís,Eva Solís,,,,2222-0103,,\n"
)
IPHONE = (
    "First name,Last name,Mobile,iPhone,Home,Main,Email (home),Email (work)\n"
    "Ana María,Mora,8811-0101,,2222-0101,,a@example.com,a2@example.com\n"
    "Luis,Rojas,,8811-0102,,,,\nEva,Solís,,,,2222-0103,,\n"
)


@pytest.mark.parametrize("book", [OUTLOOK_ES, THUNDERBIRD, IPHONE])
def test_address_books_of_other_programs_are_read(web: Web, book: str) -> None:
    assert figures(tried(web, book.encode())) == (3, 3, 0, 0, 0, 0)
    assert people(web) == {
        "Ana María Mora": ["+50688110101", "+50622220101"],
        "Luis Rojas": ["+50688110102"],
        "Eva Solís": ["+50622220103"],
    }
    assert "a2@example.com" in fields(web, "Ana María Mora")["extra"].values()


def test_the_second_address_of_a_person_is_found_by_search(web: Web) -> None:
    tried(web, OUTLOOK.encode())
    assert fields(web, "Ana Mora")["extra"]["E-mail 2 Address"] == "ana.mora@example.org"
    found = web.ask("boss", "GET", "/contacts?q=ana.mora@example.org").json
    assert [one["name"] for one in found] == ["Ana Mora"]


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("alt_phone", "phone:alt"),
        ("Business Phone", "phone:Business"),
        ("Teléfono de la bodega norte", "phone:bodega norte"),
        ("Celular de la esposa", "phone:Celular esposa"),
        ("Phone 2 - Value", "phone:2"),
        ("TEL_TRABAJO", "phone:TRABAJO"),
        ("HomePhone", "phone:HomePhone"),
        ("telcasa", "phone:telcasa"),
        ("nrowhatsapp", "phone:nrowhatsapp"),
        ("iPhone", "phone:iPhone"),
        ("Pager Number", "phone:Pager"),
        ("Buscapersonas", "phone:Buscapersonas"),
    ],
)
def test_a_heading_with_a_phone_word_over_phones_is_a_phone_with_that_label(heading: str, target: str) -> None:
    assert guess_mapping(["Teléfono", heading], [{"Teléfono": "8811-0001", heading: "2222-0001"}])[heading] == target


@pytest.mark.parametrize("heading", ["Fecha tel", "Plan celular", "phone_code", "Phone type"])
def test_a_heading_with_a_phone_word_over_something_else_is_none(heading: str) -> None:
    rows = [{"Teléfono": "8811-0001", heading: text} for text in ("2026-11-29", "506", "prepago")]
    assert not guess_mapping(["Teléfono", heading], rows)[heading].startswith("phone:")
