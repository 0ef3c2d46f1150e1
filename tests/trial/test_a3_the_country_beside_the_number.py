"""A3: what stands outside a cell's digits (a country's column, a number format) belongs to the number."""

from __future__ import annotations

import io

import pytest

from callmanager.domain.countries import find_region, parse_phone_of
from callmanager.domain.country_names import NAMES
from callmanager.domain.dispositions import STATUSES
from callmanager.server.imports.checking import RowRules, check_row
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, Row
from callmanager.server.lists.workbooks.values import formatted, number_format
from tests.server.lists_in import bring, contacts
from tests.server.lists_workbooks import MAIN, STYLES, inline, workbook
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
        ("Prefijo", ("351", "221")),
        ("Country", ("Norte", "Sur")),
        ("Indicativo", ("1", "4")),
    ],
)
def test_what_names_no_country_is_an_extra_field(heading: str, values: tuple[str, ...]) -> None:
    rows = [{"Teléfono": "8812-7003", heading: value} for value in values]
    assert guess_mapping(["Teléfono", heading], rows)[heading] == f"extra:{heading}"


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


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ('"+505 "0000\\-0000', "88127003", "+505 8812-7003"),
        ("\\+0", "50588127003", "+50588127003"),
        ("+0", "50588127003", "+50588127003"),
        ("000000000", "12345678", "012345678"),
        ("0000-0000", "88127003", "8812-7003"),
        ('"+506"#', "88117003", "+50688117003"),
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
