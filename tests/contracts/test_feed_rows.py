"""A page of rows says the same as the page of records: to everybody, on either database, whatever the texts hold."""

import random

import orjson
import pytest

from callmanager.desktop.store.contact_rows import row_of
from callmanager.desktop.wire import Page
from callmanager.domain.people import SYSTEM
from callmanager.domain.permissions import visibility
from callmanager.server.actions import contacts
from callmanager.server.changes.feed import Viewer, read_changes, read_snapshot
from callmanager.server.changes.log import read_head
from tests.office import Office

HOSTILE = [
    'Ana "la jefa" Ñúñez',
    "O'Brien\\Peña",
    "línea\nuna\r\ny otra",
    "[{,}]: null",
    "emoji 🙂👩‍👩‍👧",
    "u2028 \u2028 y 2029 \u2029",
    "tab\ty \x7f y \x1f",
    "李 Øre ß ŉ",
    "  muchos   espacios  ",
    "ﬁ ligadura, I con punto İ",
]


def text(dice: random.Random) -> str:
    """Anything that a keyboard, a spreadsheet or a bad converter brings."""
    pieces = [*HOSTILE, "a", "Á", "ñ", "n\u0303", " ", "\n", '"', "\\", "€", "\u200b", "\ufeff", "\ud7ff", "𝔘"]
    return "".join(dice.choice(pieces) for _ in range(dice.randrange(1, 6)))[:200]


def fill(office: Office) -> None:
    """Contacts of every team with such texts, of which some were edited, deleted, restored or moved."""
    teams = [None, *office.open_teams("north", "south")]
    dice = random.Random(8)
    for number in range(60):
        more = [{"number": "+34 600 11 22 33", "label": "casa"}, {"number": "2222-3333 ext. 12"}][: number % 3]
        texts = {name: text(dice) for name in ("name", "company", "note")}
        texts["email"] = f"P{number}@Ejemplo.example" if number % 4 == 0 else ""
        contact = office.create(**texts, extra={"Código": text(dice)}, phone=f"8888-{number:04d}")
        if team := teams[number % 3]:
            office.edit(contact.id, 1, team_id=team, phones=[{"number": f"8888-{number:04d}"}, *more])
    for number in range(1, 60, 7):
        office.do(contacts.delete, number, actor=SYSTEM, version=2 if teams[(number - 1) % 3] else 1)
    office.do(contacts.restore, 8, actor=SYSTEM)


def both(office: Office, viewer: Viewer, *, since: int, limit: int) -> tuple[Page, Page]:
    """One page in both shapes."""
    found = []
    with office.storage.read() as connection:
        epoch = read_head(connection).epoch
        for as_rows in (False, True):
            if since:
                body = read_changes(
                    connection, viewer, epoch=epoch, since=since, limit=limit, sight_seq=None, as_rows=as_rows
                )
            else:
                body = read_snapshot(connection, viewer, limit=limit, as_rows=as_rows)
            found.append(Page.from_lines(body) if as_rows else Page.from_wire(orjson.loads(body)))
    return found[0], found[1]


@pytest.mark.parametrize("limit", [7, 5_000])
def test_rows_say_what_the_records_say_to_everybody(office: Office, limit: int) -> None:
    fill(office)
    seen = 0
    for actor in (SYSTEM, *office.people.values()):
        viewer, since, has_more = Viewer(visibility(actor), 0), 0, True
        while has_more:
            usual, page = both(office, viewer, since=since, limit=limit)
            assert page.rows is not None
            assert [orjson.loads(wire) for wire in page.rows.wires] == usual.records["contact"]
            assert page.rows.rows == [list(row_of(contact)) for contact in usual.records["contact"]]
            others = {name: rows for name, rows in usual.records.items() if name != "contact"}
            assert (page.records, page.deleted) == (others, usual.deleted)
            assert (page.position, page.head, page.has_more) == (usual.position, usual.head, usual.has_more)
            assert len(page.rows.rows) <= limit
            since, has_more = page.to, page.has_more
            seen += len(page.rows.rows)
    assert seen > 60


def test_a_page_without_contacts_has_no_lines_of_them(office: Office) -> None:
    _usual, page = both(office, Viewer(visibility(SYSTEM), 0), since=0, limit=10)
    assert page.rows is not None
    assert (page.rows.rows, page.rows.wires) == ([], [])
