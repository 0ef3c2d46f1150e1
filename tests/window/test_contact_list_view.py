"""The list of contacts on a real screen, over a real server: keyboard, live rows, empty states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.commands import Situation
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.views.colleagues import ColleaguesView
from callmanager.desktop.views.contact_list import ContactListView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.listing.columns import ColumnsDialog
from callmanager.desktop.widgets.styling import Styling
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.desktop.list_desk import ListDesk
from tests.window.conftest import Screen
from tests.window.pressing import focused


class Place:
    """A user with the list on the screen."""

    def __init__(self, live: LiveOffice, folder: Path, screen: Screen, language: str = "es") -> None:
        self.screen, self.desk = screen, ListDesk(live, "boss", folder, bus=screen.bus, language=language)
        Styling(screen.root)
        self.board = CommandBoard()
        self.board.place(Situation(is_signed_in=True, has_selection=True))
        self.kit = Kit(self.desk.tools.speech, self.board)
        self.view = ContactListView(screen.root, self.desk.list, self.kit)
        self.view.pack(fill="both", expand=True)
        self.desk.start()
        self.opened: list[int] = []
        self.desk.list.opened.connect(self.opened.append)
        screen.settle()

    def column(self, name: str) -> list[str]:
        tree = self.view.table.tree
        return [str(tree.set(item, name)) for item in tree.get_children()]

    def shows(self, *names: str) -> None:
        self.screen.until(lambda: self.column("name") == list(names))

    def type(self, text: str) -> None:
        entry = self.view.search.entry
        for letter in text:
            entry.insert("end", letter)
            focused(entry._entry).event_generate("<KeyRelease>", keysym="a")
        self.screen.settle()


@pytest.fixture
def place(office: LiveOffice, screen: Screen, tmp_path: Path) -> Iterator[Callable[..., Place]]:  # noqa: F811
    made: list[Place] = []
    for row in office.boss.ask("GET", "/contacts").body:
        office.boss.ask("DELETE", f"/contacts/{row['id']}", version=row["version"])

    def make(**how: Any) -> Place:
        made.append(Place(office, tmp_path, screen, **how))
        return made[-1]

    yield make
    for one in made:
        one.view.destroy()
        one.desk.close()


Make = Callable[..., Place]


def test_searching_and_opening_need_no_mouse(office: LiveOffice, place: Make) -> None:  # noqa: F811
    for name in ("Ana Soto", "Íñigo Muñoz", "Luz Mora"):
        office.create(name=name)
    here = place()
    here.shows("Ana Soto", "Íñigo Muñoz", "Luz Mora")
    here.screen.root.focus_force()
    assert here.board.run("list.search")
    here.type("munoz")
    here.shows("Íñigo Muñoz")
    focused(here.view.search.entry._entry).event_generate("<Down>")
    here.screen.until(lambda: here.desk.list.selected is not None)
    focused(here.view.table.tree).event_generate("<Return>")
    here.screen.until(lambda: here.opened)
    assert here.opened == [here.desk.list.selected]
    assert here.view.count.cget("text") == "1 de 3 contactos"
    here.board.run("list.clear")
    here.shows("Ana Soto", "Íñigo Muñoz", "Luz Mora")
    assert here.view.search.text == ""


def test_rows_that_come_above_keep_the_choice(office: LiveOffice, place: Make) -> None:  # noqa: F811
    kept = office.create(name="Marta")
    here = place()
    here.shows("Marta")
    here.view.focus_table()
    here.screen.until(lambda: here.desk.list.selected == kept["id"])
    office.create(name="Ana")
    here.shows("Ana", "Marta")
    tree = here.view.table.tree
    here.screen.until(lambda: [tree.set(item, "name") for item in tree.selection()] == ["Marta"])


def test_what_another_does_is_shown_in_the_row_and_leaves_it(
    office: LiveOffice,  # noqa: F811
    place: Make,
    tmp_path: Path,
) -> None:
    made = office.create(name="Ana")
    here = place()
    here.shows("Ana")
    luz = ListDesk(office, "manager", tmp_path / "luz")
    luz.start()
    luz.workplace.take_contact(made["id"])
    here.screen.until(lambda: here.column("badge") == ["✎ manager edita"])
    people = ColleaguesView(here.screen.root, here.desk.colleagues, here.kit)
    people.pack(fill="both", expand=True)
    here.screen.until(lambda: any("Ana" in row.cells["doing"] for row in people.table.shown))
    luz.workplace.release_contact(made["id"])
    here.screen.until(lambda: here.column("badge") == [""])
    people.destroy()
    luz.close()


def test_empty_lists_say_what_to_do(office: LiveOffice, place: Make) -> None:  # noqa: F811
    here = place()
    here.screen.until(lambda: "Todavía no hay contactos." in here.view.table.notice)
    office.create(name="Ana")
    here.shows("Ana")
    assert here.view.table.notice == ""
    here.desk.list.search("zzz")
    here.screen.until(lambda: "Ningún contacto corresponde" in here.view.table.notice)


def test_columns_are_chosen_and_moved(office: LiveOffice, place: Make) -> None:  # noqa: F811
    office.create(name="Ana", company="Tica")
    here = place()
    dialog = ColumnsDialog(here.view, here.desk.list, here.kit)
    dialog.open()
    for name in list(dialog.order):
        dialog.ticks[name].set(name in ("name", "company"))
    dialog.move("company", -20)
    dialog.save()
    here.screen.settle()
    assert here.desk.list.columns.shown == ("company", "name")
    assert [str(name) for name in here.view.table.tree.cget("columns")] == ["company", "name"]


def test_the_list_is_sorted_without_the_mouse(office: LiveOffice, place: Make) -> None:  # noqa: F811
    for name, phone in (("Ana", "8888-2222"), ("Bea", "8888-1111")):
        office.create(name=name, phone=phone)
    here = place()
    dialog = ColumnsDialog(here.view, here.desk.list, here.kit)
    dialog.open()
    assert (dialog.sort.value, dialog.is_descending.get()) == ("name", False)
    dialog.sort.put("phone")
    dialog.is_descending.set(True)
    dialog.save()
    here.screen.settle()
    assert (here.desk.list.view.sort, here.desk.list.view.descending) == ("phone", True)


def test_the_view_can_be_built_anew_at_any_moment(office: LiveOffice, place: Make) -> None:  # noqa: F811
    office.create(name="Ana")
    here = place()
    here.desk.list.search("an")
    here.shows("Ana")
    here.view.destroy()
    here.desk.tools.speech.speak("en")
    here.view = ContactListView(here.screen.root, here.desk.list, here.kit)
    here.view.pack(fill="both", expand=True)
    here.shows("Ana")
    assert here.view.search.text == "an"
    assert here.view.count.cget("text") == "1 of 1 contacts"
