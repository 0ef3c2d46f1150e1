"""A9: the sheet with phones is read, every other sheet and every hidden row is named, and one can choose."""

from __future__ import annotations

from tests.server.lists_in import figures
from tests.trial.lists_tried import people, preview, sample, tried, workbook
from tests.web import Web

HEAD = ["Nombre", "Teléfono"]


def looks(answer: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    return [(one["name"], one["rows"], one["hidden_rows"], one["is_read"]) for one in answer["sheets"]]


def test_the_sheet_with_phones_is_read_and_the_other_is_named(web: Web) -> None:
    content = sample("second_sheet.xlsx")
    expected = [("Instrucciones", 2, 0, False), ("Clientes", 2, 0, True)]
    shown = preview(web, content)
    assert (shown["sheet"], looks(shown)) == ("Clientes", expected)
    report = tried(web, content)
    assert (figures(report), looks(report)) == ((1, 1, 0, 0, 0, 0), expected)
    assert looks(web.ask("manager", "GET", f"/imports/{report['import_id']}").json) == expected


def test_of_two_sheets_with_phones_the_first_is_read_and_the_other_can_be_chosen(web: Web) -> None:
    content = workbook(Norte=[HEAD, ["Ana", "8811-0001"]], Sur=[HEAD, ["Luis", "8811-0002"], ["Eva", "8811-0003"]])
    report = tried(web, content)
    assert looks(report) == [("Norte", 2, 0, True), ("Sur", 3, 0, False)]
    report = tried(web, content, sheet="Sur")
    assert looks(report) == [("Norte", 2, 0, False), ("Sur", 3, 0, True)]
    assert set(people(web)) == {"Ana", "Luis", "Eva"}


def test_a_sheet_that_speaks_of_a_phone_is_no_list_of_phones(web: Web) -> None:
    content = workbook(
        Portada=[["Informe", "Teléfono de soporte: 2222-0000"]],
        Dinamica=[["Etiquetas de fila", "Cuenta de Teléfono"], ["Norte", "25"], ["Total general", "25"]],
        Datos=[["LISTA DE CLIENTES - Teléfonos"], HEAD, ["Ana", "8811-0001 / 8811-0002"], ["Luis", "8811-0003"]],
    )
    assert preview(web, content)["sheet"] == "Datos"
    assert figures(tried(web, content)) == (2, 2, 0, 0, 0, 0)


def test_a_sheet_that_begins_with_a_person_has_phones(web: Web) -> None:
    people_of = [["Ana", "8811-0001"], ["Luis", "8811-0002"]]
    content = workbook(Portada=[["Informe", "de Norte"]], Datos=people_of, Otros=[HEAD, ["Eva", "8811-0003"]])
    assert preview(web, content)["sheet"] == "Datos"


def test_a_sheet_that_waits_for_its_phones_is_the_list(web: Web) -> None:
    assert preview(web, workbook(Portada=[["Informe", "de Norte"]], Datos=[HEAD]))["sheet"] == "Datos"


def test_hidden_rows_are_counted_and_can_be_left_out(web: Web) -> None:
    rows = [HEAD, ["Ana", "8811-0001"], ["Luis", "8811-0002"], ["Eva", "8811-0003"]]
    content = workbook(hidden_rows=(2,), Norte=rows)
    assert looks(preview(web, content)) == [("Norte", 4, 1, True)]
    report = tried(web, content, skip_hidden="1")
    assert (figures(report), looks(report)) == ((2, 2, 0, 0, 0, 0), [("Norte", 4, 1, True)])
    assert set(people(web)) == {"Ana", "Eva"}
    assert figures(tried(web, content)) == (3, 1, 0, 2, 0, 0)
