"""The list of contacts and the presence of colleagues, without a display, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from callmanager.desktop.models.listing.columns import COLUMNS
from callmanager.desktop.sync_events import Heard
from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import Drawer, ListDesk, open_desks

Desks = Callable[..., ListDesk]


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Desks]:
    with open_desks(ListDesk, office, tmp_path, "boss") as make:
        yield make


@pytest.fixture
def clean(office: LiveOffice) -> LiveOffice:
    """The office without contacts."""
    for row in office.boss.ask("GET", "/contacts").body:
        office.boss.ask("DELETE", f"/contacts/{row['id']}", version=row["version"])
    return office


def test_people_are_found_without_accents_and_by_digits_anywhere(clean: LiveOffice, desk: Desks) -> None:
    clean.create(name="Íñigo Muñoz", phone="8712-3456")
    clean.create(name="Nora Núñez", phone="2222-9999", company="Café Ñandú")
    ana = desk()
    ana.list.search("inigo MUNOZ")
    ana.finds("Íñigo Muñoz")
    ana.list.search("12-34")
    ana.finds("Íñigo Muñoz")
    ana.list.search("nandu")
    ana.finds("Nora Núñez")
    ana.list.search("zzz")
    ana.finds()
    assert ana.list.empty_text == "No contact fits what you look for."
    ana.list.clear()
    ana.finds("Íñigo Muñoz", "Nora Núñez")


def test_the_order_knows_enye_and_accents_and_turns_round(clean: LiveOffice, desk: Desks) -> None:
    for name in ("Ñuñez", "Nz", "Óscar", "ana"):
        clean.create(name=name)
    ana = desk()
    ana.finds("ana", "Nz", "Ñuñez", "Óscar")
    ana.list.sort("name")
    ana.finds("Óscar", "Ñuñez", "Nz", "ana")


def test_an_empty_office_says_what_to_do(clean: LiveOffice, desk: Desks) -> None:
    ana = desk()
    ana.until(lambda: ana.list.count == 0)
    assert ana.list.empty_text == "There are no contacts yet."
    assert "Ctrl+I" in ana.list.empty_hint
    clean.create(name="Ana")
    ana.finds("Ana")
    assert ana.list.empty_text == ""


def test_filters_tell_mine_nobodys_and_bad_phones(clean: LiveOffice, desk: Desks) -> None:
    ana = desk()
    clean.create(name="Mía", assigned_to=ana.list.my_id)
    clean.create(name="Suelta", phone="555123456")
    ana.finds("Mía", "Suelta")
    ana.list.filter(assigned_to=ana.list.my_id)
    ana.finds("Mía")
    ana.list.filter(assigned_to=0, phone_valid=False)
    ana.finds("Suelta")
    assert ana.list.count_text == "1 of 2 contacts"
    assert ana.list.fetch(0, 1)[0].cells["phone"] == "⚠ 555123456"


def test_archived_contacts_are_asked_of_the_server(clean: LiveOffice, desk: Desks) -> None:
    gone = clean.create(name="Zacarías Ido")
    clean.create(name="Ana")
    clean.boss.ask("DELETE", f"/contacts/{gone['id']}", version=gone["version"])
    ana = desk()
    ana.finds("Ana")
    ana.list.filter(is_archived=True)
    ana.list.search("zacarias")
    ana.finds("Zacarías Ido")
    assert "archived" in ana.list.count_text
    ana.list.search("nobody of that name")
    ana.finds()
    assert ana.list.empty_text == "No archived contact fits what you look for."
    ana.list.clear()
    ana.finds("Ana")


def test_the_chosen_contact_stays_chosen_while_others_come_and_leaves_when_it_is_gone(
    clean: LiveOffice, desk: Desks
) -> None:
    ana, kept = desk(), clean.create(name="Marta")
    ana.finds("Marta")
    ana.list.select(kept["id"])
    clean.create(name="Ana")
    ana.finds("Ana", "Marta")
    assert (ana.list.selected, ana.list.position_of(kept["id"])) == (kept["id"], 1)
    clean.boss.ask("DELETE", f"/contacts/{kept['id']}", version=kept["version"])
    ana.until(lambda: ana.list.selected is None)
    assert ana.names() == ["Ana"]


def test_an_edit_shows_in_its_row(clean: LiveOffice, desk: Desks) -> None:
    ana, made = desk(), clean.create(name="Ana", phone="+506 8888 1234")
    ana.finds("Ana")
    assert ana.list.fetch(0, 1)[0].cells["phone"] == "8888-1234"
    clean.boss.edit_contact(made["id"], {"status": "NC", "note": "a\nb"}, version=made["version"])
    ana.until(lambda: ana.list.fetch(0, 1)[0].mark == "NC")
    assert ana.list.fetch(0, 1)[0].cells["note"] == "a b"


def test_columns_order_and_saved_views_come_back_at_the_next_start(clean: LiveOffice, desk: Desks) -> None:
    clean.create(name="Ana")
    clean.create(name="Beto", status="NC")
    drawer = Drawer()
    first = desk(drawer=drawer)
    first.list.show_columns(["phone", "name", "made up"])
    first.list.note_widths({"phone": 333})
    first.list.filter(status="NC")
    assert not first.list.save_view("   ")
    assert first.list.save_view("  No contestan ")
    first.list.clear()
    first.list.sort("name")
    second = desk(drawer=drawer)
    assert second.list.columns.shown == ("phone", "name")
    assert second.list.columns.width_of(second.list.columns.columns[0]) == 333
    second.finds("Beto", "Ana")
    second.list.apply_view("No contestan")
    second.finds("Beto")
    second.list.drop_view("No contestan")
    assert second.list.saved_views == {}
    third = desk("lead-norte", drawer=drawer)
    assert third.list.columns.shown != ("phone", "name"), "another user's"


def test_damaged_preferences_are_taken_as_far_as_they_are_understood(clean: LiveOffice, desk: Desks) -> None:
    drawer, owner = Drawer(), f"{clean.server.url} boss"
    drawer.values = {
        f"list.columns {owner}": {"shown": "all", "widths": {"name": "wide", "phone": 99_999}},
        f"list.view {owner}": {"sort": "drop table", "descending": 7},
        f"list.views {owner}": {"A": 3, "B": {"status": 4, "team_id": 5}},
    }
    ana = desk(drawer=drawer)
    assert ana.list.columns.shown == tuple(column.id for column in COLUMNS if column.is_shown)
    assert ana.list.view.sort == "name"
    assert (ana.list.saved_views["B"].status, ana.list.saved_views["B"].team_id) == (None, 5)


def test_a_badge_says_who_edits_and_leaves_with_him(clean: LiveOffice, desk: Desks) -> None:
    made = clean.create(name="Ana", team_id=clean.teams["Norte"])
    ana, luz = desk("agent-norte"), desk("lead-norte")
    ana.finds("Ana")
    luz.workplace.take_contact(made["id"])
    ana.until(lambda: ana.presence.badge(made["id"]))
    badge = ana.presence.badge(made["id"])
    assert badge is not None
    assert (badge.text, badge.is_busy) == ("✎ lead-norte edits", True)
    cells = ana.list.fetch(0, 1)[0].cells
    assert cells["badge"] == "✎ lead-norte edits"
    assert set(cells) == {column.id for column in COLUMNS}, "a column says something in every row"
    luz.until(lambda: luz.presence.is_known)
    assert luz.presence.badge(made["id"]) is None, "one's own doing is no news"
    luz.workplace.release_contact(made["id"])
    ana.until(lambda: ana.presence.badge(made["id"]) is None)


def test_a_badge_leaves_when_the_other_window_dies(clean: LiveOffice, desk: Desks) -> None:
    made = clean.create(name="Ana", team_id=clean.teams["Norte"])
    ana, luz = desk("agent-norte"), desk("lead-norte")
    luz.workplace.live.view_contact(made["id"])
    ana.until(lambda: ana.presence.badge(made["id"]))
    assert ana.presence.others_at(made["id"])[0].doing == "view"
    luz.close()
    ana.until(lambda: ana.presence.badge(made["id"]) is None)


def test_presence_is_known_after_a_reconnect_and_not_before(clean: LiveOffice, desk: Desks) -> None:
    made = clean.create(name="Ana", team_id=clean.teams["Norte"])
    ana, luz = desk("agent-norte"), desk("lead-norte")
    luz.workplace.live.view_contact(made["id"])
    ana.until(lambda: ana.presence.badge(made["id"]))
    ana.workplace.live.close()
    ana.until(lambda: not ana.presence.is_known)
    assert ana.presence.badge(made["id"]) is None
    assert {one.state for one in ana.colleagues.colleagues} == {"unknown"}
    ana.until(lambda: ana.presence.badge(made["id"]))


def test_a_lock_whose_end_was_never_heard_of_is_asked_about(clean: LiveOffice, desk: Desks) -> None:
    made = clean.create(name="Ana", team_id=clean.teams["Norte"])
    ana = desk("agent-norte")
    ana.until(lambda: ana.presence.is_known)
    lock = {"holder": "lead-norte", "purpose": "edit", "since": "", "expires_at": ""}
    ana.presence.hear(Heard("contact_locked", {"id": made["id"], "lock": lock}))
    ana.presence.check()
    assert ana.presence.badge(made["id"]) is not None
    ana.clock.ahead = timedelta(minutes=5)
    ana.presence.check()
    ana.until(lambda: ana.presence.badge(made["id"]) is None)


def test_colleagues_are_shown_with_what_they_do(clean: LiveOffice, desk: Desks) -> None:
    made = clean.create(name="Marta Soto", team_id=clean.teams["Norte"])
    ana, luz = desk("agent-norte"), desk("lead-norte")
    luz.workplace.take_contact(made["id"])
    find = lambda name: next(one for one in ana.colleagues.colleagues if one.name.startswith(name))  # noqa: E731
    ana.until(lambda: find("lead-norte").doing)
    assert (find("lead-norte").doing, find("lead-norte").state) == ("edits Marta Soto", "here")
    assert find("lead-norte").contact_id == made["id"]
    assert find("agent-norte").name == "agent-norte (you)"
    assert find("manager").state == "away"
    luz.workplace.release_contact(made["id"])
    ana.until(lambda: not find("lead-norte").doing)
    luz.close()
    ana.until(lambda: find("lead-norte").state == "away")
