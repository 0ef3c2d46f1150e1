"""Defect 15: an import wiped a name because its column was missing or its cell empty, or lost a batch for one row."""

from __future__ import annotations

import io

from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.mapping import apply_mapping
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits


def test_what_a_list_does_not_say_is_in_no_draft() -> None:
    body = b"telefono,nombre,nota,plan\n88887777,,   ,\n88886666\n"
    source = read_list(io.BytesIO(body), kind=None, limits=Limits())
    mapping = guess_mapping(source.columns, [])
    for row in source:
        draft = apply_mapping(row, mapping)
        assert (draft.values, draft.extra) == ({}, {})


def test_one_bad_row_does_not_lose_the_others() -> None:
    body = b"telefono,nombre\n88887777,Ana\n88886666,Leo,de,mas\n88885555,Eva\n"
    rows = list(read_list(io.BytesIO(body), kind=None, limits=Limits()))
    assert [row.error is None for row in rows] == [True, False, True]
