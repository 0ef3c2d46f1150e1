"""A3: what stands outside a cell's digits (a country's column, a number format) belongs to the number."""

from __future__ import annotations

import io

import pytest

from callmanager.domain.countries import find_region, parse_phone_of
from callmanager.domain.country_names import NAMES, THREE_LETTERS
from callmanager.domain.dispositions import STATUSES
from callmanager.server.imports.checking import RowRules, check_row
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, Row
from callmanager.server.lists.workbooks.values import formatted, number_format
from tests.server.lists_in import bring, contacts
from tests.server.lists_workbooks import MAIN, STYLES, inline, workbook
from tests.trial.lists_tried import people, tried
from tests.web import Web

PREFIXES = "Nombre;Código de país;Teléfono\nAna;+505;8812-7003\nLuis;506;8811-7003\n"


def test_a_column_of_prefixes_makes_nobody_a_stranger_of_the_offices_country(web: Web) -> None:
    bring(web, PREFIXES.encode())
    ana, luis = contacts(web)
    assert (ana["phone_e164"], ana["phone"], ana["extra"]) == (
        *("+50588127003", "+505 8812-7003"),
        {"Código de país": "+505"},
    )
    assert (luis["phone_e164"], luis["phone"]) == ("+50688117003", "8811-7003")
    again = web.edit("manager", ana, phone=ana["phone"]).json
    assert again["phone_e164"] == "+50588127003", "the number is the same wherever it is read again"


@pytest.mark.parametrize("heading", ["País", "Country", "phone_code", "Prefijo internacional", "Country code", "PAIS:"])
@pytest.mark.parametrize("country", ["Nicaragua", "NI", "ni", "+505", "505", "00505", "(+505)"])
def test_a_country_is_known_by_name_letters_and_code(heading: str, country: str) -> None:
    columns = ["Teléfono", heading]
    mapping = guess_mapping(columns, [dict(zip(columns, ("8812-7003", country), strict=True))])
    assert mapping[heading] == "country"
    row = check_row(
        Row(2, {"Teléfono": "8812-7003", heading: country}), RowRules(mapping, {}, "CR", STATUSES, {}, False)
    )
    assert row.phones[0]["e164"] == "+50588127003"


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Prefijo", ("Sr.", "Sra.")),
        ("Country", ("Norte", "Sur")),
        ("Código de área", ("ventas", "cobros")),
    ],
)
def test_what_names_no_country_is_an_extra_field(heading: str, values: tuple[str, ...]) -> None:
    rows = [{"Teléfono": "8812-7003", heading: value} for value in values]
    assert guess_mapping(["Teléfono", heading], rows)[heading] == f"extra:{heading}"


@pytest.mark.parametrize(
    ("heading", "values", "target"),
    [
        ("Prefijo", ("351", "221"), "area"),
        ("Indicativo", ("1", "4"), "area"),
        ("Lada", ("55", "(081)"), "area"),
        ("Código de área", ("2", "03"), "area"),
        ("Prefijo", ("505", "506"), "country"),
        ("phone_code", ("505", "506"), "country"),
        ("País", ("NIC", "CRI"), "country"),
        ("Cód. país", ("505", "506"), "country"),
    ],
)
def test_digits_are_of_a_country_where_they_make_numbers_of_it_and_else_of_an_area(
    heading: str, values: tuple[str, ...], target: str
) -> None:
    rows = [{"Teléfono": "8812-7003", heading: value} for value in values]
    assert guess_mapping(["Teléfono", heading], rows)[heading] == target


def test_each_phone_has_the_prefix_that_stands_with_it(web: Web) -> None:
    text = "Nombre;Prefijo 1;Teléfono 1;Prefijo 2;Teléfono 2\nAna;+505;8812-7003;+506;8811-7003\n"
    text += "Luis;506;8811-7004;505;8812-7004\n"
    tried(web, text.encode())
    assert people(web) == {"Ana": ["+50588127003", "+50688117003"], "Luis": ["+50688117004", "+50588127004"]}


def test_a_prefix_belongs_to_the_phone_with_its_words(web: Web) -> None:
    tried(web, b"Nombre;Cod. pais casa;Cod. pais celular;Celular;Casa\nAna;506;505;8812-7005;2222-7005\n")
    assert people(web) == {"Ana": ["+50588127005", "+50622227005"]}


def test_an_area_code_is_part_of_the_number(web: Web) -> None:
    tried(web, "Nombre;Lada;Teléfono;País\nAna;81;81234567;México\nLuis;55;12345678;MEX\n".encode())
    assert people(web) == {"Ana": ["+528181234567"], "Luis": ["+525512345678"]}


@pytest.mark.parametrize(
    ("written", "area", "region", "number", "e164"),
    [
        ("8123 4567", "81", "MX", "(81) 8123 4567", "+528181234567"),
        ("4567890", "0351", "AR", "(351) 4567890", "+543514567890"),
        ("555-0123", "212", "US", "(212) 555-0123", "+12125550123"),
        ("212-555-0123", "212", "US", "212-555-0123", "+12125550123"),
        ("8811-7003", "506", "CR", "(506) 8811-7003", "+50688117003"),
        ("+505 8812-7003", "81", "CR", "+505 8812-7003", "+50588127003"),
        ("8123 4567", "81", "CR", "(81) 8123 4567", None),
        ("8811-7003", "0", "CR", "8811-7003", "+50688117003"),
    ],
)
def test_a_number_that_is_none_with_its_area_is_nobodys(
    written: str, area: str, region: str, number: str, e164: str | None
) -> None:
    phone = parse_phone_of(written, "", region, area)
    assert (phone.number, phone.e164) == (number, e164)


@pytest.mark.parametrize(
    ("written", "country", "key"),
    [
        ("+506 8812-7003", "Nicaragua", "0050688127003"),
        ("8812-7003", "Panamá", "0050788127003"),
        ("0034 912 345 678", "NI", "0034912345678"),
    ],
)
def test_a_number_that_the_country_contradicts_is_unclear_and_nobodys(written: str, country: str, key: str) -> None:
    phone = parse_phone_of(written, country, "CR")
    assert (phone.e164, phone.valid, phone.key) == (None, False, key)


@pytest.mark.parametrize(
    ("written", "country", "number", "e164"),
    [
        ("8811-7003", "Costa Rica", "8811-7003", "+50688117003"),
        ("8811-7003", "", "8811-7003", "+50688117003"),
        ("8811-7003", "quién sabe", "8811-7003", "+50688117003"),
        ("+505 8812 7003", "505", "+505 8812 7003", "+50588127003"),
        ("50588127003", "NI", "+50588127003", "+50588127003"),
        ("044 55 1234 5678", "México", "+525512345678", "+525512345678"),
        ("(212) 555-0123", "EE.UU.", "(212) 555-0123", "+12125550123"),
    ],
)
def test_a_number_of_its_country_bears_it(written: str, country: str, number: str, e164: str | None) -> None:
    phone = parse_phone_of(written, country, "CR")
    assert phone.e164 == e164
    assert phone.number.endswith(number)


def test_an_extension_stays_with_a_number_that_was_rewritten() -> None:
    assert parse_phone_of("044 55 1234 5678 ext. 4", "MX", "CR").key == "+525512345678;ext=4"


def test_every_name_leads_to_its_country_and_to_no_other() -> None:
    wrong = {
        (region, name) for region, names in NAMES.items() for name in names.split(", ") if find_region(name) != region
    }
    assert wrong == set()
    assert {find_region(region) for region in NAMES} == set(NAMES)
    assert {region: find_region(letters) for region, letters in THREE_LETTERS.items()} == {one: one for one in NAMES}


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ('"+505 "0000\\-0000', "88127003", "+505 8812-7003"),
        ("\\+0", "50588127003", "+50588127003"),
        ("+0", "50588127003", "+50588127003"),
        ("000000000", "12345678", "012345678"),
        ("0000-0000", "88127003", "8812-7003"),
        ('"+506"#', "88117003", "+50688117003"),
        ('[Blue]"+505 "0000\\-0000', "88127003", "+505 8812-7003"),
        ('[$-140A]"+505 "0000', "88127003", "+505 88127003"),
        ('[<=99999999]"+505 "0000\\-0000;0', "88127003", "+505 8812-7003"),
        ('"Tel. +505 "0000-0000', "88127003", "Tel. +505 8812-7003"),
        ('"+505 "#,##0', "88127003", "+505 88127003"),
        ('"+505 "General', "88127003", "+505 88127003"),
        ("[<=9999999]###-####;(###) ###-####", "88127003", "88127003"),
        ('[Red]"USD "#,##0', "88127003", "88127003"),
        ("#,##0", "88127003", "88127003"),
        ("0.00", "88127003", "88127003"),
        ('"₡"0', "88127003", "88127003"),
        ("0%", "88127003", "88127003"),
        ("General", "88127003", "88127003"),
        ('"+505 "0000\\-0000', "-5", "-5"),
        ("0000", "1.5", "1.5"),
    ],
)
def test_a_number_format_is_applied_where_it_belongs_to_a_number(code: str, stored: str, shown: str) -> None:
    assert formatted(number_format(code), stored) == shown


def test_a_workbook_whose_format_bears_the_country_is_read_with_it() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>'
        '<numFmt numFmtId="164" formatCode="&quot;+505 &quot;0000\\-0000"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    rows = f'<row r="1">{inline("A1", "Teléfono")}</row><row r="2"><c r="A2" s="1"><v>88127003</v></c></row>'
    book = workbook(rows, **{STYLES: styles})
    (row,) = read_list(io.BytesIO(book), kind="xlsx", limits=Limits())
    assert row.cells["Teléfono"] == "+505 8812-7003"
