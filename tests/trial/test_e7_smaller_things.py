"""E7: the smaller things of the window and its server that the trial found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager import i18n
from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.remote import Remote
from callmanager.domain.errors import Forbidden
from callmanager.domain.people import LOCAL_USER, RESERVED_USERNAMES
from callmanager.domain.search_text import SEARCHED_OF_LINES
from callmanager.i18n import sentence
from callmanager.softphones import EndCause
from callmanager.softphones.lab.interphone_line import DialLog, LabLine, other_side
from callmanager.softphones.lab.interphone_window import EDGE, Oddities, PhoneWindow
from callmanager.softphones.lab.interphone_words import SPANISH
from tests.desktop.conftest import PASSWORD, LiveOffice, office  # noqa: F401  # a fixture
from tests.softphones.moved_timers import MovedTime
from tests.trial.keyed_window import KeyedWindow, keyed_window

MARK = "277"
ANSWERS, BUSY = "0", "7"
"""The last digit of a number, as the simulated phone takes it."""


@pytest.fixture(scope="module")
def desk(
    office: LiveOffice,  # noqa: F811
    desk_display: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyedWindow]:
    for number, last in enumerate((BUSY, *12 * (ANSWERS,))):
        office.create(name=f"Iris Vega {MARK}-{number}", phone=f"88{MARK}{number:02}{last}")
    folder = tmp_path_factory.mktemp("desk")
    with keyed_window(desk_display, folder, office, f"e7{MARK}", f"Vega {MARK}") as window:
        yield window


@pytest.fixture
def keys(desk: KeyedWindow) -> Iterator[KeyedWindow]:
    yield desk
    desk.leave_everything(0)


def choose(keys: KeyedWindow, place: int) -> int:
    """The contact at a place of the list, chosen."""
    contact_id: int = keys.models.list.fetch(place, 1)[0].id
    keys.models.list.select(contact_id)
    return contact_id


def test_what_the_phone_says_suggests_an_outcome_that_enter_takes(keys: KeyedWindow) -> None:
    choose(keys, 0)
    keys.press("F3")
    keys.until(lambda: keys.call.stage is Stage.OUTCOME)
    assert keys.outcome.chosen is None, "it is the agent who chooses"
    suggested = keys.outcome.suggested
    assert suggested is not None
    assert suggested.code == "OCUPADO"
    assert suggested.name in str(keys.form._said.cget("text"))
    keys.press("Return")
    assert keys.outcome.chosen is not None
    assert keys.outcome.chosen.code == "OCUPADO"
    keys.press("1")
    assert keys.outcome.chosen.code == "NC", "the digits mean what they meant"
    keys.save()


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (EndCause.NO_ANSWER, "NC"),
        (EndCause.UNREACHABLE, "SIN_RED"),
        (EndCause.WRONG_NUMBER, "NO_EXISTE"),
        (EndCause.HUNG_UP, None),
        (EndCause.REJECTED, None),
    ],
)
def test_only_what_the_phone_knows_suggests_an_outcome(keys: KeyedWindow, cause: EndCause, code: str | None) -> None:
    keys.outcome.clear()
    keys.outcome.suggest(cause)
    found = keys.outcome.suggested
    assert (None if found is None else found.code) == code
    keys.outcome.choose("VENTA")
    assert keys.outcome.suggested is None
    keys.outcome.clear()


def test_f3_is_off_with_its_reason_where_it_would_be_refused(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    contact_id = choose(keys, 2)
    assert keys.window.board.is_allowed("call.dial")
    contact = office.boss.ask("GET", f"/contacts/{contact_id}").body
    office.boss.ask("POST", "/do-not-call", body={"number": contact["phones"][0]["number"], "reason": "lo pidió"})
    keys.until(lambda: (keys.models.list.select(contact_id), not keys.window.board.is_allowed("call.dial"))[-1])
    bar = keys.shell.call_area.bar
    keys.until(lambda: bar.state.cget("text") == "Está en la lista de no llamar. La ficha dice por qué.")
    assert bar.dial.cget("state") == "disabled"
    choose(keys, 3)
    assert keys.window.board.is_allowed("call.dial")
    assert bar.state.cget("text") == ""


def test_the_accounts_of_the_server_are_nobodys_colleagues(keys: KeyedWindow) -> None:
    known = {row["username"] for row in keys.models.workplace.store.replica.list_records("user")}
    assert LOCAL_USER in known, "its name is needed where it did something"
    shown = {one.name for one in keys.models.colleagues.colleagues}
    offered = {name for _value, name in keys.models.card.now.names.choices("assigned_to")}
    filtered = {name for _value, name in keys.models.list.names.choices("user")}
    for names in (shown, offered, filtered):
        assert names
        assert not names & RESERVED_USERNAMES


def test_menus_have_an_edge(keys: KeyedWindow) -> None:
    for menu in keys.shell.header.menus.values():
        assert (str(menu.menu.cget("relief")), int(str(menu.menu.cget("borderwidth")))) == ("solid", 1)


def test_merging_has_one_word_in_spanish() -> None:
    for message in ("Merge", "Merge with another…", "Merged into", "Merged."):
        assert "uni" in sentence(message, "es").lower()
    spanish = re.findall(r"^msgstr.*", (Path(i18n.__file__).parent / "es" / "callmanager.po").read_text("utf-8"), re.M)
    assert not [text for text in spanish if "fusi" in text.lower() or "combina" in text.lower()]


def test_who_is_made_by_the_api_chooses_a_password_of_his_own_first(office: LiveOffice) -> None:  # noqa: F811
    name = f"nueva{MARK}"
    made = office.boss.ask("POST", "/users", body={"username": name, "password": PASSWORD, "role": "agent"}).body
    assert made["must_change_password"]
    remote = Remote(office.server.url, language="es")
    assert remote.sign_in(name, PASSWORD).must_change_password
    with pytest.raises(Forbidden):
        remote.ask("GET", "/contacts")
    program = {"username": f"{name}-bot", "password": PASSWORD, "role": "agent", "must_change_password": False}
    key = office.boss.ask("POST", "/users", body=program).body["api_key"]
    assert Remote(office.server.url, api_key=key, language="es").ask("GET", "/contacts").status == 200


def test_the_phone_of_the_laboratory_stands_before_the_window_and_wholly_on_a_low_screen(keys: KeyedWindow) -> None:
    root = keys.screen.root
    line = LabLine(MovedTime(), DialLog(None), other_side("answers"), lambda: None)
    for number in range(2):
        phone = PhoneWindow(root, SPANISH, line, Oddities(), lambda: None)
        phone.stand_beside(number)
        keys.screen.settle()
        try:
            middle = (phone.winfo_rootx() + phone.winfo_width() // 2, phone.winfo_rooty() + phone.winfo_height() // 2)
            seen = root.winfo_containing(*middle)
            assert seen is not None
            assert seen.winfo_toplevel() is phone, "the agents' window does not cover it"
            assert phone.winfo_rooty() + phone.winfo_height() <= root.winfo_screenheight()
            assert phone.winfo_rootx() + phone.winfo_width() <= root.winfo_screenwidth() - EDGE
        finally:
            phone.destroy()


def test_notes_are_searched_on_the_server_and_in_the_window(keys: KeyedWindow, office: LiveOffice) -> None:  # noqa: F811
    contact = keys.models.list.fetch(6, 1)[0]
    before = office.boss.get_contact(contact.id)
    note = f"Pidió dos líneas{MARK};\nla Íñiga decide. " + "a" * SEARCHED_OF_LINES + f"final{MARK}"
    office.boss.ask("PATCH", f"/contacts/{contact.id}", body={"note": note}, version=before["version"])
    name = before["name"].split()[0]
    found = {f"lineas{MARK}": 1, f"íneas{MARK} iniga": 1, f"{name} LÍNEAS{MARK}": 1, f"final{MARK}": 0}
    for text, count in found.items():
        asked = office.boss.ask("GET", "/contacts", query={"q": text}).body
        assert [row["id"] for row in asked] == [contact.id] * count, text
        keys.models.list.search(text)
        keys.until(lambda count=count: not keys.models.list.is_waiting and keys.models.list.count == count)  # type: ignore[misc]
    keys.models.list.search(f"Vega {MARK}")
    keys.until(lambda: keys.models.list.count == 13)
