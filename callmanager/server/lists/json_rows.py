"""Reads a JSON array of contacts as rows of text, piece by piece: in memory is never more than a few hundred rows."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from io import BytesIO

import orjson

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.json_pieces import not_utf8, read_pieces
from callmanager.server.lists.rows import Dialect, Limits, Row, RowSource
from callmanager.server.lists.sources import CHUNK_BYTES, Opener, opener
from callmanager.server.lists.tables import check_cells, check_columns, too_many_rows
from callmanager.server.lists.workbooks.values import whole_or_repr


def read_json(open_file: Opener, limits: Limits) -> RowSource:
    """The rows of `[{...}, ...]` or `{"contacts": [{...}, ...]}`; `columns` are the names found in any row.

    The whole file is read once to check it; only where its pieces lie is kept.
    """
    open_file = _as_utf8(open_file)
    _check_counts(open_file, limits)
    names: dict[str, None] = {}
    places: list[tuple[int, int, int]] = []
    total = 0
    with open_file() as stream:
        for piece in read_pieces(stream, limits):
            places.append((total + 1, piece.start, piece.end))
            _check_piece(piece.items, total + 1, names, limits)
            total += len(piece.items)
            if total > limits.max_rows:
                raise too_many_rows(limits)
    if not total:
        raise Invalid("file_no_rows", N_("The file holds no rows."))
    return RowSource("json", list(names), Dialect(encoding="utf-8"), total, lambda: _read_again(open_file, places))


def _read_again(open_file: Opener, places: list[tuple[int, int, int]]) -> Iterator[Row]:
    with open_file() as stream:
        for number, start, end in places:
            stream.seek(start)
            yield from _rows(orjson.loads(b"[%b]" % stream.read(end - start)), number)


def _check_piece(items: list[object], number: int, names: dict[str, None], limits: Limits) -> None:
    _note_columns(items, names, limits)
    for row in _rows(items, number):
        check_cells(row.cells.values(), row.number, limits)
        check_cells(row.extra.values(), row.number, limits)


def _as_utf8(open_file: Opener) -> Opener:
    """UTF-16, which hardly anybody sends, is written anew in memory."""
    with open_file() as stream:
        if not stream.read(2).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return open_file
    written = BytesIO()
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        with open_file() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                written.write(decoder.decode(chunk).encode())
            decoder.decode(b"", final=True)
    except UnicodeError:
        raise not_utf8() from None
    return opener(written)


def _check_counts(open_file: Opener, limits: Limits) -> None:
    """A few bytes can become many objects: their number is bounded before they are made."""
    containers = colons = 0
    with open_file() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            containers += chunk.count(b"{") + chunk.count(b"[")
            colons += chunk.count(b":")
    if containers > 3 * limits.max_rows + 10_000:
        raise too_many_rows(limits)
    if colons > limits.max_columns * containers + 10_000:
        check_columns(limits.max_columns + 1, limits)


def _note_columns(items: list[object], names: dict[str, None], limits: Limits) -> None:
    for item in items:
        if isinstance(item, dict):
            names.update((name, None) for name, value in item.items() if _is_column(name, value))
            check_columns(len(names), limits)


def _is_column(name: str, value: object) -> bool:
    return not isinstance(value, dict | list) and "\0" not in name


def _rows(items: list[object], first: int) -> Iterator[Row]:
    for number, item in enumerate(items, first):
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
        if "\0" in value or "\0" in name:
            raise Invalid("row_nul", N_("This row holds a NUL character, which is no text. Remove it."))
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
