"""Defect 15: an import wiped a name because the column was missing, or lost the whole batch for one bad row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.lists_in import bring, contacts, figures
from tests.web import Web


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path)
    yield web
    web.close()


@pytest.mark.parametrize(
    "content",
    [
        b"telefono\n8888-7777\n",
        b"telefono,nombre,correo,empresa,nota,estado,plan\n8888-7777,,,,,,\n",
        b"telefono,nombre,correo,empresa,nota,estado,plan\n8888-7777, ,  ,\t, ,  ,   \n",
        b'[{"phone": "8888-7777", "name": null, "note": "", "status": null, "extra": {"plan": ""}, "phones": []}]',
    ],
)
def test_a_missing_or_empty_column_wipes_nothing(office: Web, content: bytes) -> None:
    given = {"name": "Ana", "email": "a@b.cr", "company": "Acme", "note": "n", "status": "NC", "extra": {"plan": "A"}}
    before = office.create(phone="8888-7777", **given)
    kind = "application/json" if content.startswith(b"[") else "text/csv"
    answer = office.ask("manager", "POST", "/import", data=content, content_type=kind)
    assert figures(answer.json) == (1, 0, 0, 1, 0, 0)
    assert contacts(office) == [before]


def test_one_bad_row_loses_itself_only(office: Web) -> None:
    rows = [{"phone": f"8{i:07d}"} for i in range(1500)]
    rows[700] = {"phone": "sin número"}
    assert figures(bring(office, rows)) == (1500, 1499, 0, 0, 0, 1)
    assert len(contacts(office)) == 1499
