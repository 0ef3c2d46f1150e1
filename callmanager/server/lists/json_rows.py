"""Reads a JSON array of contacts as rows of text. Its size and nesting are bounded before parsing."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import orjson

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.rows import Dialect, Limits, Row, RowSource
from callmanager.server.lists.sources import Opener
from callmanager.server.lists.tables import check_cells, check_columns, too_many_rows
from callmanager.server.lists.workbooks.values import whole_or_repr


def read_json(open_file: Opener, limits: Limits) -> RowSource:
    """The rows of `[{...}, ...]` or `{"contacts": [{...}, ...]}`; `columns` are the names found in any row."""
    with open_file() as stream:
        body = stream.read(limits.max_bytes + 1)
    items = _items(_parsed(_utf8(body), limits))
    if len(items) > limits.max_rows:
        raise too_many_rows(limits)
    columns = _columns(items, limits)
    for row in _rows(items):
        check_cells(row.cells.values(), row.number, limits)
        check_cells(row.extra.values(), row.number, limits)
    return RowSource("json", columns, Dialect(encoding="utf-8"), len(items), lambda: _rows(items))


def _utf8(body: bytes) -> bytes:
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :]
    if not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body
    try:
        return body.decode("utf-16").encode()
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _parsed(body: bytes, limits: Limits) -> object:
    """A few bytes can become many objects: their number is bounded before they are made."""
    containers = body.count(b"{") + body.count(b"[")
    if containers > 3 * limits.max_rows + 10_000:
        raise too_many_rows(limits)
    if body.count(b":") > limits.max_columns * containers + 10_000:
        check_columns(limits.max_columns + 1, limits)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not _is_utf8(body):
            raise _not_utf8() from None
        raise Invalid(
            "file_json",
            N_("This is not valid JSON: see line %(line)s, column %(column)s."),
            fields={"line": error.lineno, "column": error.colno},
            line=error.lineno,
            column=error.colno,
        ) from None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_utf8() -> Invalid:
    return Invalid("file_encoding", N_("The JSON is not in UTF-8. Send it as UTF-8."))


def _items(parsed: object) -> list[object]:
    items = parsed.get("contacts") if isinstance(parsed, dict) else parsed
    if not isinstance(items, list):
        raise Invalid(
            "file_json_shape", N_('Send a JSON array of contacts, such as [{"phone": "...", "name": "..."}].')
        )
    if not items:
        raise Invalid("file_no_rows", N_("The file holds no rows."))
    return items


def _columns(items: list[object], limits: Limits) -> list[str]:
    names: dict[str, None] = {}
    for item in items:
        if isinstance(item, dict):
            names.update((name, None) for name, value in item.items() if not isinstance(value, dict | list))
            check_columns(len(names), limits)
    return list(names)


def _rows(items: list[object]) -> Iterator[Row]:
    for number, item in enumerate(items, 1):
        try:
            yield _row(number, item)
        except Invalid as error:
            yield Row(number, {}, error=error)


def _row(number: int, item: object) -> Row:
    if not isinstance(item, dict):
        raise Invalid("row_not_object", N_("This row is not an object with the fields of a contact."))
    extra = item.get("extra")
    phones = item.get("phones")
    return Row(
        number,
        {name: _text(name, value) for name, value in item.items() if not isinstance(value, dict | list) or _odd(name)},
        _extra(extra) if isinstance(extra, dict) else {},
        tuple(_phone(phone) for phone in phones) if isinstance(phones, list) else (),
    )


def _odd(name: str) -> bool:
    """Whether a nested value under `name` is an error; those that the server itself writes are not."""
    return name not in {"extra", "phones", "lock"}


def _extra(values: dict[str, object]) -> dict[str, str]:
    return {name: _text(name, value) for name, value in values.items()}


def _phone(value: object) -> tuple[str, str]:
    if isinstance(value, dict):
        return _text("phones", value.get("number")), _text("phones", value.get("label"))
    return _text("phones", value), ""


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return whole_or_repr(value)
    raise Invalid(
        "row_nested",
        N_("The field %(field)s holds an object or a list; give it a text."),
        fields={"field": name},
        field=name,
    )
