"""A5 with A1: of a cell that is kept as it is written every part is compared with what must not be called."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from callmanager.domain.people import SYSTEM
from callmanager.domain.phone_cells import lines_said
from callmanager.server.changes.entities import CONTACT
from tests.server.people_office import Caller, code, contact, edit, find, is_barred, marked, open_server
from tests.server.registers_in import loaded

DOUBTFUL, BOTH = "8811-0027 / 28", "8888-7777 y 2222-3333"


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        (DOUBTFUL, ["+50688110027", "+50688110028"]),
        (BOTH, ["+50622223333", "+50688887777"]),
        ("2222-3333/34/35", ["+50622223333", "+50622223334", "+50622223335"]),
        ("2222-3333 ext. 4 / 8888-7777", ["+50622223333", "+50688887777"]),
        ("8888-7777 / no tiene", ["+50688887777"]),
        ("8888-7777", []),
        ("12 / 34", []),
        ("+505 8812-7003 o 8811-0027", ["+50588127003", "+50688110027"]),
    ],
)
def test_a_cell_means_the_line_of_each_part(cell: str, lines: list[str]) -> None:
    assert lines_said(cell, "CR") == lines


def test_every_way_to_a_prohibition_compares_part_by_part(admin: Caller) -> None:
    cells = [contact(admin, DOUBTFUL), contact(admin, BOTH)]
    other = contact(admin, "8811-0029")
    entries = [admin.post("/do-not-call", {"number": number}).json for number in ("8811-0028", "2222-3333 ext. 5")]
    late = contact(admin, "8811-0028/29")
    admin.ask("POST", "/import", [{"phone": "8811-0027 / 28", "name": "De la lista"}])
    (listed,) = [one["id"] for one in find(admin, "/contacts", q="De la lista")]
    assert marked(admin, *cells, late, listed, other) == [True, True, True, True, False]
    barred = [is_barred(admin, one, cell) for one, cell in zip(cells, (DOUBTFUL, BOTH), strict=True)]
    assert barred == [True, True]
    for asked in ("8811-0027 / 28", "8811-0028", BOTH):
        assert [row["kind"] for row in find(admin, "/do-not-call", number=asked)] == ["line"], asked
    assert {one["id"] for one in find(admin, "/contacts", phone="8811-0028")} == {cells[0], late, listed}
    assert edit(admin, other, phones=["8811-0029", DOUBTFUL]).json["do_not_call"] is False, "one number is left"
    for entry in entries:
        admin.delete(f"/do-not-call/{entry['id']}")
    assert marked(admin, *cells, late, listed) == [False] * 4
    assert code(admin.post("/do-not-call", {"number": DOUBTFUL})) == (422, "phone_several")


def test_a_register_bars_each_part_of_a_cell_and_a_part_is_nobodys_duplicate(admin: Caller) -> None:
    one = contact(admin, DOUBTFUL)
    answer = admin.ask("POST", "/import", [{"phone": "8811-0028", "name": "Otra persona"}]).json
    assert answer["inserted"] == 1, "who bears a part by himself is not the same person"
    load = loaded(admin, "tel\n8811-0028\n")
    assert load["report"]["contacts_barred"] == 2
    assert marked(admin, one) == [True]
    again = loaded(admin, f"tel\n{DOUBTFUL}\n")
    assert (again["report"]["numbers"], marked(admin, one)) == (2, [True])


def test_cells_of_an_older_program_are_read_at_the_first_start(tmp_path: Path) -> None:
    with open_server(tmp_path) as first:
        admin = first.admin()
        one, odd = contact(admin, DOUBTFUL), contact(admin, "555123456")
        with first.services.log.write(SYSTEM, "api") as tx:
            record = tx.get(CONTACT, one)
            bare = [{name: value for name, value in phone.items() if name != "lines"} for phone in record["phones"]]
            tx.update(record, phones=bare)
            tx.connection.execute(text("DELETE FROM meta WHERE key = 'cells_read'"))
        admin.post("/do-not-call", {"number": "8811-0028"})
        assert marked(admin, one) == [False], "as a program of before left it"
    with open_server(tmp_path) as second:
        admin = second.sign_in("admin")
        assert marked(admin, one, odd) == [True, False]
        version = admin.get(f"/contacts/{one}").json["version"]
    with open_server(tmp_path) as third:
        assert third.sign_in("admin").get(f"/contacts/{one}").json["version"] == version, "it is done once"
