"""A1: where others are reached on the line, the window asks whether the line or the person is not to be called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callmanager.desktop.models.card.prohibitions import say_barred
from callmanager.desktop.models.card.words import Names
from callmanager.desktop.speech import Speech
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.trial.keyed_window import KeyedWindow, keyed_window

MARK = "310"
LINE, ALONE = f"2222-3{MARK}", f"88{MARK}990"
NO_CALLS_KEY = "9"


@pytest.fixture(scope="module")
def desk(
    office: LiveOffice,  # noqa: F811
    desk_display: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyedWindow]:
    for number, phone in enumerate((f"{LINE} ext. 1", f"{LINE} ext. 2", ALONE)):
        office.create(name=f"Zoe Lara {MARK}-{number}", phone=phone)
    folder = tmp_path_factory.mktemp("desk")
    with keyed_window(desk_display, folder, office, f"a1{MARK}", f"Lara {MARK}") as window:
        yield window


def barred(office: LiveOffice, number: str) -> list[str]:  # noqa: F811
    found: list[dict[str, Any]] = office.boss.ask("GET", "/do-not-call", query={"number": number}).body
    return [entry["kind"] for entry in found]


def refuse_calls(desk: KeyedWindow) -> None:
    """A call whose outcome, by its key, is that they want no calls."""
    desk.dial()
    desk.hang_up()
    desk.press(NO_CALLS_KEY)
    assert desk.outcome.chosen is not None
    assert desk.outcome.chosen.do_not_call


def test_the_key_of_the_outcome_goes_on_to_the_line_and_the_card_says_what_is_barred(
    office: LiveOffice,  # noqa: F811
    desk: KeyedWindow,
) -> None:
    refuse_calls(desk)
    assert desk.call.current is not None
    assert desk.call.current.number_text == f"{LINE} ext. 1", "two people at one number are told apart"
    desk.until(lambda: desk.outcome.bars_choices)
    assert [one.text.endswith("conteste quien conteste") for one in desk.outcome.bars_choices] == [False, True]
    assert f"{LINE}," in desk.outcome.bars_choices[1].text
    assert [one.is_chosen for one in desk.outcome.bars_choices] == [True, False], "the person, unless something is said"
    assert desk.form.bars.winfo_viewable()
    desk.take_picture("line-or-person")
    desk.press(NO_CALLS_KEY)
    assert [one.is_chosen for one in desk.outcome.bars_choices] == [False, True]
    desk.save()
    desk.until_sent()
    assert barred(office, LINE) == ["line"]
    desk.leave_everything(1)  # the colleague behind the other extension
    desk.models.list.open()
    desk.until(lambda: desk.models.card.now.barred)
    (said,) = desk.models.card.now.barred
    assert LINE in said
    desk.take_picture("barred")
    desk.leave_everything(1)
    refuse_calls(desk)
    assert desk.outcome.bars_choices == [], "nobody else is reached there, so nothing is asked"
    desk.save()
    desk.until_sent()
    assert sorted(barred(office, ALONE)) == ["line", "person"]


class _NoNames(Names):
    def __init__(self) -> None:
        self.region = "CR"


def test_the_card_says_who_says_so_and_until_when() -> None:
    blank = {"reason": "", "source": "", "reference": "", "expires_on": None, "number": "+50622223310"}
    line = {**blank, "kind": "line"}
    written = {**line, "number": "2222-3310 ext. 1"}
    entries = [
        written,
        {**line, "source": "Registro Nacional", "reference": "F-7", "expires_on": "2027-01-31"},
        {**blank, "kind": "person", "reason": "Does not want contact", "source": "call", "reference": "17"},
    ]
    assert say_barred(entries, _NoNames(), Speech("es")) == [
        "A la línea 2222-3310 no se debe llamar: puesta en la lista a mano.",
        "A la línea 2222-3310 no se debe llamar: Registro Nacional (F-7); hasta el 31/01/2027.",
        "A la persona no se la debe llamar a ningún teléfono: No desea contacto; lo dijo en una llamada.",
    ]
