"""What the server refused of the outbox, and what becomes of it, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.workplace import SendingWaits
from callmanager.domain.errors import Unavailable
from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import open_desks
from tests.desktop.lists_at_work import ListsDesk

Desks = Callable[..., ListsDesk]


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Desks]:
    with open_desks(ListsDesk, office, tmp_path, "manager") as make:
        yield make


def write_note(desk: ListsDesk, contact: dict[str, Any], note: str, version: int) -> None:
    """As the card does without a connection."""
    desk.workplace.outbox.put(
        "PATCH",
        f"/contacts/{contact['id']}",
        {"note": note},
        version=version,
        about=contact["name"],
        contact_id=contact["id"],
    )
    desk.workplace.send_soon()


def refuse(desk: ListsDesk, office: LiveOffice) -> dict[str, Any]:
    """A note that somebody else overtook."""
    made = office.create(name="Ana", phone="8822-0001")
    office.boss.edit_contact(made["id"], {"note": "de otra persona"}, version=made["version"])
    write_note(desk, made, "mía", made["version"])
    desk.until(lambda: desk.attention.count == 1 and desk.refused)
    return made


def test_a_refused_note_says_what_whose_and_why(desk: Desks, office: LiveOffice) -> None:
    boss = desk()
    made = refuse(boss, office)
    line = boss.attention.lines[0]
    assert (line.who, line.what, line.text, line.theirs) == ("Ana", "Note", "mía", "de otra persona")
    assert (line.contact_id, line.is_refused, line.is_disputed) == (made["id"], True, True)
    assert "changed" in line.why
    assert boss.attention.summary == "1 need attention"
    assert [told.number for told in boss.refused] == [line.number]


def test_mine_takes_the_place_of_theirs_when_it_is_sent_again(desk: Desks, office: LiveOffice) -> None:
    boss = desk()
    made = refuse(boss, office)
    boss.attention.send_again(boss.attention.lines[0].number)
    boss.until(lambda: not boss.attention.lines)
    assert office.boss.get_contact(made["id"])["note"] == "mía"
    boss.until(lambda: boss.attention.summary == "Everything is sent. Nothing needs your attention.")


def test_what_is_discarded_is_gone_and_changes_nothing_at_the_server(desk: Desks, office: LiveOffice) -> None:
    boss = desk()
    made = refuse(boss, office)
    boss.attention.discard(boss.attention.lines[0].number)
    assert (boss.attention.lines, boss.attention.count) == ([], 0)
    assert office.boss.get_contact(made["id"])["note"] == "de otra persona"


def test_what_waits_is_shown_with_its_obstacle_and_cannot_be_decided_about(desk: Desks) -> None:
    boss = desk()
    boss.workplace.outbox.put("PATCH", "/contacts/1", {"note": "x", "company": "Y"}, version=1, about="Luis")
    boss.attention.hear(
        SendingWaits(Unavailable("server_unreachable", "No server answers at %(address)s.", address="x"))
    )
    line = boss.attention.lines[0]
    assert (line.who, line.what, line.text) == ("Luis", "Change of Note, Company", "Note: x\nCompany: Y")
    assert line.why == "Waits to be sent. No server answers at x."
    boss.attention.send_again(line.number)
    boss.attention.discard(line.number)
    assert [one.number for one in boss.attention.lines] == [line.number]


def test_a_note_for_a_contact_that_is_gone_can_be_sent_again_in_vain(desk: Desks) -> None:
    boss = desk()
    write_note(boss, {"id": 999_999, "name": "Nadie"}, "x", 1)
    boss.until(lambda: boss.attention.count == 1 and boss.refused)
    boss.attention.send_again(boss.attention.lines[0].number)
    boss.until(lambda: len(boss.refused) == 2 and boss.attention.count == 1)
    assert not boss.attention.lines[0].is_disputed
