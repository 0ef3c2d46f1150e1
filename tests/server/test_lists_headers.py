"""Which column is which field, guessed from what people write over their columns."""

from __future__ import annotations

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.headers import guess_mapping, is_known, looks_like_phone
from callmanager.server.lists.heading_words import plain
from callmanager.server.lists.mapping import check_mapping


@pytest.mark.parametrize(
    "heading",
    [
        "teléfono", "TELEFONO", "Tel.", "tel", "celular", "Cel", "Móvil", "movil", "phone", "Mobile", "cell",
        "Teléfono móvil", "telefono_movil", "WhatsApp", "Número de teléfono", "Phone Number", "N° de teléfono",
        "Teléfono 1", "número", "Numero", "number", "Teléfono del cliente", "TELÉFONO PRINCIPAL",
    ],
)  # fmt: skip
def test_heading_of_a_phone_is_known(heading: str) -> None:
    assert guess_mapping([heading, "Nombre"], []) == {heading: "phone", "Nombre": "name"}


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Nombre completo", "name"), ("NAME", "name"), ("Cliente", "name"), ("Razón social", "name"),
        ("Correo electrónico", "email"), ("E-mail", "email"), ("EMAIL", "email"), ("correo", "email"),
        ("Compañía", "company"), ("empresa", "company"), ("Observaciones", "note"), ("comentario(s)", "note"),
        ("Notas", "note"), ("Estado", "status"), ("Tipificación", "status"), ("status", "status"),
        ("Plan contratado", "extra:Plan contratado"), ("Motivo", "extra:Motivo"), ("ID", "extra:ID"),
    ],
)  # fmt: skip
def test_heading_of_another_field_is_known(heading: str, target: str) -> None:
    assert guess_mapping(["tel", heading], [])[heading] == target


def test_further_phones_get_labels() -> None:
    columns = ["Nombre", "Celular", "Teléfono 2", "Otro teléfono", "Teléfono casa", "phone 3"]
    assert guess_mapping(columns, []) == {
        "Nombre": "name",
        "Celular": "phone",
        "Teléfono 2": "phone:2",
        "Otro teléfono": "phone:Otro",
        "Teléfono casa": "phone:casa",
        "phone 3": "phone:3",
    }


def test_plain_phone_is_the_first_even_when_it_stands_after_another() -> None:
    assert guess_mapping(["Teléfono casa", "Teléfono"], []) == {"Teléfono casa": "phone:casa", "Teléfono": "phone"}


def test_doubtful_heading_is_a_phone_only_when_it_holds_phones() -> None:
    columns = ["tel", "casa", "oficina"]
    rows = [{"casa": "2222-3333", "oficina": "Heredia"}, {"casa": "", "oficina": "Cartago"}]
    assert guess_mapping(columns, rows) == {"tel": "phone", "casa": "phone:casa", "oficina": "extra:oficina"}


def test_number_beside_a_phone_is_a_phone_only_when_it_holds_phones() -> None:
    assert guess_mapping(["numero", "telefono"], [{"numero": "17"}])["numero"] == "extra:numero"


def test_name_in_parts_is_understood() -> None:
    assert guess_mapping(["Nombre", "Apellidos", "tel"], []) == {
        "Nombre": "first_name",
        "Apellidos": "last_name",
        "tel": "phone",
    }
    both = guess_mapping(["nombre(s)", "Primer apellido", "Segundo apellido", "tel"], [])
    assert list(both.values()) == ["first_name", "last_name", "last_name", "phone"]


def test_second_column_of_one_field_becomes_extra() -> None:
    assert guess_mapping(["tel", "correo", "email"], [])["email"] == "extra:email"


def test_list_without_header_is_guessed_by_its_values() -> None:
    rows = [{"1": "Ana Mora", "2": "8888-7777", "3": "ana@ejemplo.com", "4": ""}]
    assert guess_mapping(["1", "2", "3", "4"], rows) == {"1": "name", "2": "phone", "3": "email", "4": "skip"}


def test_unknown_heading_over_phones_is_found_by_its_values() -> None:
    assert guess_mapping(["Nombre", "Línea"], [{"Nombre": "Ana", "Línea": "+506 8888 7777"}])["Línea"] == "phone"


def test_guess_always_passes_the_check_when_there_is_a_phone() -> None:
    columns = ["tel", "tel (2)", "Celular", "celular:", "nota", "Notas", "x" * 100, "x" * 99, "nombre", "nombre (2)"]
    check_mapping(guess_mapping(columns, []), columns)


@pytest.mark.parametrize(
    "text", ["8888-7777", "555-0142", "+506 8888 7777", "(506) 2217-9878", "'88123457", "5,06889E+10", "50688123456.0"]
)
def test_phone_is_seen(text: str) -> None:
    assert looks_like_phone(text)


@pytest.mark.parametrize(
    "text", ["", "123", "555-014", "Ana", "2026-11-22", "22/11/2026", "a@b.cr", "1" * 16, "calle 12345678"]
)
def test_other_texts_are_no_phones(text: str) -> None:
    assert not looks_like_phone(text)


def test_headings_are_compared_without_accents_case_and_punctuation() -> None:
    assert plain("  Teléfono_MÓVIL: ") == "telefono movil"
    assert is_known("¿Teléfono?")
    assert not is_known("Ana")


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"otra": "phone"}, "mapping_unknown_column"),
        ({"a": "fax"}, "mapping_unknown_target"),
        ({"a": "phone:"}, "mapping_unknown_target"),
        ({"a": "extra:" + "x" * 81}, "mapping_unknown_target"),
        ({"a": "name:x"}, "mapping_unknown_target"),
        ({"a": "name"}, "mapping_no_phone"),
        ({}, "mapping_no_phone"),
        ({"a": "phone", "b": "phone"}, "mapping_repeated_target"),
        ({"a": "phone", "b": "extra:x", "c": "extra:x"}, "mapping_repeated_target"),
    ],
)
def test_wrong_mapping_is_refused(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_mapping(mapping, ["a", "b", "c"])
    assert caught.value.code == code


def test_labelled_phone_is_enough() -> None:
    check_mapping({"a": "phone:casa", "b": "phone:oficina", "c": "last_name"}, ["a", "b", "c"])


def test_columns_of_the_program_itself_are_passed_over_only_where_it_wrote_them() -> None:
    own = ["id", "version", "seq", "phone", "phone_e164", "created_at", "attempts"]
    assert [column for column, target in guess_mapping(own, []).items() if target != "skip"] == ["phone"]
    assert guess_mapping(["tel", "fila", "motivo"], []) == {"tel": "phone", "fila": "skip", "motivo": "skip"}
    assert guess_mapping(["tel", "motivo", "id"], [])["motivo"] == "extra:motivo"
