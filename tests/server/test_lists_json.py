"""Reading JSON arrays of contacts."""

from __future__ import annotations

import io

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.mapping import apply_mapping
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, RowSource


def read(content: bytes | str, limits: Limits | None = None) -> RowSource:
    body = content.encode() if isinstance(content, str) else content
    return read_list(io.BytesIO(body), kind=None, limits=limits or Limits())


def refusal(content: bytes | str, limits: Limits | None = None) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(content, limits)
    str(caught.value)
    return caught.value


def test_documented_array_is_read() -> None:
    source = read('[{"phone":"555123456","name":"Juan"}]')
    assert (source.kind, source.columns, source.total) == ("json", ["phone", "name"], 1)
    assert [(row.number, row.cells) for row in source] == [(1, {"phone": "555123456", "name": "Juan"})]


def test_array_may_stand_under_contacts() -> None:
    assert read(' {"contacts": [{"phone": "1"}, {"phone": "2", "name": "Ana"}]}').columns == ["phone", "name"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("88887777", "88887777"),
        ("50688887777.0", "50688887777"),
        ("1e20", "1e+20"),
        ("null", ""),
        ("true", "true"),
        ('"8888"', "8888"),
    ],
)
def test_values_become_text(value: str, text: str) -> None:
    assert next(iter(read(f'[{{"phone": {value}}}]'))).cells == {"phone": text}


def test_nested_value_is_an_error_of_its_row() -> None:
    rows = list(read('[{"phone": {"a": 1}}, {"phone": "88887777"}, {"name": ["x"]}, 5, {"extra": {"a": {"b": 1}}}]'))
    codes = [row.error.code if row.error else None for row in rows]
    assert codes == ["row_nested", None, "row_nested", "row_not_object", "row_nested"]


def test_extra_fields_and_further_phones_pass_through() -> None:
    source = read(
        '[{"id": 7, "version": 1, "seq": 9, "phone": "88887777",'
        ' "extra": {"plan": "100 Mb", "n": 5}, "lock": {"holder": "ana"},'
        ' "phones": [{"number": "88887777", "label": ""}, {"number": "22223333", "label": "casa"}]}]'
    )
    draft = apply_mapping(next(iter(source)), guess_mapping(source.columns, []))
    assert draft.phones == [("88887777", ""), ("22223333", "casa")]
    assert draft.extra == {"plan": "100 Mb", "n": "5"}
    assert draft.values == {}


def test_last_of_two_equal_names_wins() -> None:
    assert next(iter(read('[{"phone": "1", "phone": "2"}]'))).cells == {"phone": "2"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encoding_marks_are_understood(encoding: str) -> None:
    assert next(iter(read('[{"name": "Íñigo"}]'.encode(encoding)))).cells == {"name": "Íñigo"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('[{"phone": "1"}', "file_json"),
        ('[{"phone": NaN}]', "file_json"),
        ('[{"phone": Infinity}]', "file_json"),
        ("[" * 100_000, "file_too_many_rows"),
        ("[" * 10_000 + "]" * 10_000, "file_json"),
        ('{"phone": "1"}', "file_json_shape"),
        ('[{"phone": "1"}x' + "ñ" * 70_000, "file_json"),
        ('[{"phone": "1"}xx' + "ñ" * 70_000, "file_json"),
        ("[]", "file_no_rows"),
        ('[{"name": "Íñigo"}]'.encode("cp1252"), "file_encoding"),
        (b"\xff\xfe[\x00{", "file_encoding"),
        ('[{"name": "' + "x" * 70_000 + '"}]', "file_cell_too_long"),
        ("[{" + ",".join(f'"{n}":1' for n in range(300)) + "}]", "file_too_many_columns"),
        ("[{" + ",".join(f'"{n}":1' for n in range(100_000)) + "}]", "file_too_many_columns"),
        ("[" + ",".join(["{}"] * 1_001) + "]", "file_too_many_rows"),
        ("[" + ",".join(["{}"] * 100_000) + "]", "file_too_many_rows"),
    ],
)
def test_unusable_json_is_refused(content: bytes | str, code: str) -> None:
    assert refusal(content, Limits(max_rows=1_000)).code == code


@pytest.mark.parametrize("content", [b"88887777", b'"88887777" ', b"null\n"])
def test_a_json_value_that_is_no_list_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_list(io.BytesIO(content), kind="json", limits=Limits())
    assert caught.value.code == "file_json_shape"
