"""The contact card on a real screen, driven by the keyboard, against a real server."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.background import Background
from callmanager.desktop.commands import Situation
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.views.card.binding import bind_card
from callmanager.desktop.views.card.card_view import CardView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused


class Place:
    """A user with the card on the screen; the board is placed as the shell places it."""

    def __init__(self, live: LiveOffice, who: str, folder: Path, screen: Screen, language: str = "es") -> None:
        self.screen = screen
        self.tools = Tools(screen.bus, Background(screen.bus), Speech(language), SystemClock())
        remote = Remote(live.server.url, language=language)
        user = remote.sign_in(who, f"clave de {who}")
        self.workplace = Workplace(remote, user, Store(folder / who), SystemClock(), self._hear)
        self.card = ContactCardModel(self.tools, self.workplace)
        self.board = CommandBoard()
        self.kit = Kit(self.tools.speech, self.board)
        self.notices: list[Any] = []
        self.kit.notices.connect(self.notices.append)
        self.card.now.changed.connect(self._place)
        self.workplace.start()
        screen.until(lambda: self.card.now.is_online)

    def show(self, width: int = 520) -> CardView:
        self.view = CardView(self.screen.root, self.card, self.kit)
        self.view.place(x=0, y=0, relheight=1.0)
        self.view.configure(width=width)
        self.view.place_configure(relheight=1.0)
        tkinter.Place.place_configure(self.view, width=width)
        bind_card(self.screen.root, self.card, self.kit)
        self._place()
        self.screen.settle()
        return self.view

    def open(self, contact: dict[str, Any]) -> None:
        self.screen.until(lambda: self.workplace.store.replica.find_contact(contact["id"]))
        self.card.open(contact["id"])
        self.screen.settle()

    def edit(self, contact: dict[str, Any]) -> None:
        self.open(contact)
        self.card.editing.begin()
        self.screen.until(lambda: self.card.now.is_editing)

    def type_into(self, name: str, text: str) -> None:
        field = self.view._form.fields[name].field
        part = getattr(field, "_textbox", None) or field._entry
        part.focus_force()
        self.screen.settle()
        part.insert("end", text)
        focused(part).event_generate("<KeyRelease>", keysym="a")
        self.screen.settle()

    def _hear(self, event: Any) -> None:
        self.tools.bus.post(lambda: self.card.hear(event))

    def _place(self) -> None:
        now = self.card.now
        self.board.place(
            Situation(
                is_signed_in=True,
                is_online=now.is_online,
                permissions=now.permissions,
                is_card_open=self.card.is_open,
                is_editing=now.is_editing,
                is_refused=self.card.is_refused,
                is_archived=now.is_archived,
                has_undo=self.card.undoing.has_undo,
            )
        )

    def close(self) -> None:
        self.card.shut()
        self.tools.background.close()
        self.workplace.close()


Places = Callable[..., Place]


@pytest.fixture
def place(office: LiveOffice, screen: Screen, tmp_path: Path) -> Iterator[Places]:  # noqa: F811
    Styling(screen.root)
    opened: list[Place] = []

    def make(who: str, **how: Any) -> Place:
        opened.append(Place(office, who, tmp_path, screen, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def texts(widget: tkinter.Misc) -> list[str]:
    """Everything that is written in it and shown."""
    found = []
    for child in widget.winfo_children():
        if isinstance(child, tkinter.Label | tkinter.Button) and child.winfo_ismapped():
            found.append(str(child.cget("text")))
        found += texts(child)
    return [text for text in found if text]


def press(widget: tkinter.Misc, text: str) -> None:
    """Press the button that says so."""
    waiting = [widget]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Button) and text in str(one.cget("text")) and one.winfo_ismapped():
            one.invoke()
            return
        waiting += one.winfo_children()
    raise AssertionError(f"no button {text}")


def dialog_of(place: Place) -> Dialog:
    found: list[Dialog] = []

    def look() -> bool:
        found[:] = [one for one in all_widgets(place.screen.root) if isinstance(one, Dialog) and one.winfo_ismapped()]
        return bool(found)

    place.screen.until(look)
    return found[0]


def all_widgets(widget: tkinter.Misc) -> Iterator[tkinter.Misc]:
    yield widget
    for child in widget.winfo_children():
        yield from all_widgets(child)


def test_a_note_is_typed_and_saved(office: LiveOffice, place: Places) -> None:  # noqa: F811
    made = office.create(name="Ana Mora", company="Tica", team_id=office.teams["Norte"])
    ana = place("agent-norte")
    view = ana.show()
    ana.edit(made)
    ana.type_into("note", "llamar el lunes")
    ana.board.run("contact.save")
    ana.screen.until(lambda: ana.card.now.saved_at)
    assert office.boss.get_contact(made["id"])["note"] == "llamar el lunes"
    ana.screen.until(lambda: ana.notices)
    assert ana.notices[-1].action is not None
    ana.board.run("contact.edit")
    ana.screen.until(lambda: not ana.card.now.is_editing)
    assert "llamar el lunes" in texts(view)


def test_the_name_of_who_holds_it_is_on_the_card_and_he_is_asked(office: LiveOffice, place: Places) -> None:  # noqa: F811
    made = office.create(name="Beto", team_id=office.teams["Norte"])
    luz, ana = place("lead-norte"), place("agent-norte")
    luz.edit(made)
    view = ana.show()
    ana.open(made)
    ana.screen.until(lambda: any("lead-norte" in text for text in texts(view)))
    assert not ana.board.is_allowed("contact.edit")
    ana.board.run("contact.request")
    luz.screen.until(lambda: luz.card.locks.asked_for)
    luz.card.locks.answer(release=True)
    ana.screen.until(lambda: ana.board.is_allowed("contact.edit"))


def test_a_conflict_is_settled_in_a_dialog(office: LiveOffice, place: Places) -> None:  # noqa: F811
    made = office.create(name="Caro", team_id=office.teams["Norte"])
    ana = place("agent-norte", language="en")
    ana.show()
    ana.edit(made)
    ana.type_into("name", " Mora")
    ana.workplace.release_contact(made["id"])
    office.boss.edit_contact(made["id"], {"name": "Carolina"}, version=1)
    ana.screen.until(lambda: ana.card.now.form and ana.card.now.form.disturbed)
    ana.board.run("contact.save")
    dialog = dialog_of(ana)
    said = " ".join(texts(dialog))
    assert "Caro Mora" in said
    assert "Carolina" in said
    press(dialog, "Save")
    ana.screen.until(lambda: ana.card.now.saved_at)
    assert office.boss.get_contact(made["id"])["name"] == "Caro Mora"


def test_unsaved_text_is_asked_about_before_it_is_left(office: LiveOffice, place: Places) -> None:  # noqa: F811
    made = office.create(name="Dani", team_id=office.teams["Norte"])
    ana = place("agent-norte", language="en")
    ana.show()
    ana.edit(made)
    ana.type_into("note", "a medias")
    ana.board.run("contact.close")
    dialog = dialog_of(ana)
    focused(dialog).event_generate("<Escape>")
    ana.screen.until(lambda: not ana.card.is_leaving)
    assert ana.card.now.is_editing
    ana.board.run("contact.close")
    press(dialog_of(ana), "Keep a draft")
    ana.screen.until(lambda: not ana.card.is_open)
    assert ana.card.now.drafts.find(made["id"]) is not None


def test_phones_are_added_put_first_and_taken_away(office: LiveOffice, place: Places) -> None:  # noqa: F811
    made = office.create(name="Eli", phone="8888-0001", team_id=office.teams["Norte"])
    ana = place("agent-norte", language="en")
    view = ana.show()
    ana.edit(made)
    phones = view._form.fields["phones"]
    press(phones, "Another phone")
    entry = phones._lines[1]._entries[0]
    entry.insert(0, "2222-0002")
    focused(entry._entry).event_generate("<KeyRelease>", keysym="2")
    ana.screen.settle()
    phones._lines[1]._first.invoke()
    ana.screen.settle()
    assert [row["number"] for row in ana.card.now.form["phones"]] == ["2222-0002", "8888-0001"]
    phones._lines[1]._remove.invoke()
    ana.board.run("contact.save")
    ana.screen.until(lambda: ana.card.now.saved_at)
    assert [phone["number"] for phone in office.boss.get_contact(made["id"])["phones"]] == ["2222-0002"]


def test_what_was_typed_a_moment_before_saving_is_saved(office: LiveOffice, place: Places) -> None:  # noqa: F811
    """On a busy PC the key that saves waits behind the letters, and Tk tells of the letters only after it."""
    contact = office.create(name="Ana")
    here = place("agent-norte")
    here.show()
    here.edit(contact)
    note, (first, *_rest) = here.view._form.fields["note"].field, here.view._form.fields["phones"]._lines
    note.insert("end", "hasta la última letra")
    first._entries[1].insert("end", "Casa")
    assert here.board.run("contact.save")
    here.screen.until(lambda: office.boss.get_contact(contact["id"])["version"] > contact["version"])
    saved = office.boss.get_contact(contact["id"])
    assert (saved["note"], saved["phones"][0]["label"]) == ("hasta la última letra", "Casa")
