"""From a row to what it says of a contact."""

from __future__ import annotations

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.mapping import Draft, apply_mapping
from callmanager.server.lists.rows import Row


def draft(cells: dict[str, str], mapping: dict[str, str]) -> Draft:
    return apply_mapping(Row(2, cells), mapping)


def test_phones_keep_their_text_and_order() -> None:
    mapping = {"casa": "phone:casa", "tel": "phone", "otro": "phone:otro"}
    cells = {"casa": " 2222-3333 ", "tel": "+506 8888 7777", "otro": " "}
    assert draft(cells, mapping).phones == [("+506 8888 7777", ""), ("2222-3333", "casa")]


def test_empty_and_missing_cells_say_nothing() -> None:
    mapping = {"tel": "phone", "nombre": "name", "nota": "note", "plan": "extra:plan"}
    assert draft({"tel": "88887777", "nombre": " \t", "plan": ""}, mapping) == Draft(phones=[("88887777", "")])


def test_name_parts_are_joined_and_a_whole_name_wins() -> None:
    mapping = {"n": "first_name", "a1": "last_name", "a2": "last_name"}
    cells = {"n": "Ana", "a1": "Mora", "a2": "Peña"}
    assert draft(cells, mapping).values == {"name": "Ana Mora Peña"}
    assert draft({**cells, "x": "Ana M."}, {**mapping, "x": "name"}).values == {"name": "Ana M."}
    assert draft({"a1": "Mora"}, mapping).values == {"name": "Mora"}


def test_text_is_cleaned() -> None:
    cells = {"nombre": "\u200b I\u0301n\u0303igo\tMora\0\x07\n", "nota": "uno\r\ndos\x00\rtres ", "plan": "a\nb"}
    result = draft(cells, {"nombre": "name", "nota": "note", "plan": "extra:plan"})
    assert result.values == {"name": "Íñigo Mora", "note": "uno\ndos\ntres"}
    assert result.extra == {"plan": "a\nb"}
    assert draft({"nombre": " Mun\u0303oz\xa0"}, {"nombre": "name"}).values == {"name": "Muñoz"}


def test_formula_in_a_name_is_text() -> None:
    assert draft({"n": '=HYPERLINK("x")'}, {"n": "name"}).values == {"name": '=HYPERLINK("x")'}


@pytest.mark.parametrize("target", ["phone", "phone:casa", "name", "email", "company", "note", "status", "extra:x"])
def test_text_that_is_too_long_names_its_field(target: str) -> None:
    with pytest.raises(Invalid) as caught:
        draft({"a": "x" * 20_001}, {"a": target})
    assert (caught.value.code, caught.value.fields["field"]) == ("too_long", target.partition(":")[0])


def test_row_in_error_gives_no_draft() -> None:
    with pytest.raises(Invalid) as caught:
        apply_mapping(Row(2, {"a": "1"}, error=Invalid("row_nested", "x")), {"a": "phone"})
    assert caught.value.code == "row_nested"
