"""A day at the office as two people have it: the program itself in two windows, with keys and mouse, a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.wire import Lease
from tests.window.real.premises import Premises, open_contact, sign_in, until_live
from tests.window.real.real_window import say

NEW_PASSWORD = "cuatro nubes sin lluvia"
SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "contactos_cr.csv"
TAKEN = "%(by)s took this contact over: %(why)s. What you typed is kept as a draft."


class Day(Premises):
    """ana, a manager who must choose a password first, and bruno, an agent, at their windows; rosa is a contact."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hire("ana", "manager", must_change_password=True).close()
        self.hire("bruno").close()
        self.rosa, *_others = [self.create(name=name) for name in ("Rosa Mora", "Luis Vega", "Eva Soto")]
        self.ana, self.bruno = self.open_window("ana"), self.open_window("bruno")

    def contact(self) -> dict[str, Any]:
        return self.boss.get_contact(self.rosa)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with Day(tmp_path) as found:
        yield found


def test_a_whole_day(day: Day) -> None:
    they_sign_in(day)
    ana_finds_a_contact_and_edits_it(day)
    bruno_is_refused_asks_and_gets_it(day)
    bruno_meets_a_conflict(day)
    bruno_takes_his_change_back(day)
    ana_imports_a_list(day)
    bruno_writes_a_note_while_the_server_is_away(day)
    nothing_went_wrong(day)


def they_sign_in(day: Day) -> None:
    """ana has to choose a password first; the wrong one is refused in words."""
    sign_in(day.bruno, "bruno", "wrong")
    day.bruno.until_says("contraseña no es")
    sign_in(day.bruno, "")
    sign_in(day.ana, "ana")
    day.ana.until_says(say("New password"))
    day.ana.write(NEW_PASSWORD)
    day.ana.press("Tab")
    day.ana.write(NEW_PASSWORD)
    day.ana.press("Return")
    for window, name in ((day.ana, "ana"), (day.bruno, "bruno")):
        until_live(window, name)
        window.until(lambda window=window: len(window.rows) == 3)


def ana_finds_a_contact_and_edits_it(day: Day) -> None:
    open_contact(day.ana, "Rosa Mora")
    day.ana.until_says(say("Edit"))
    day.ana.press("F6")
    day.ana.until_says(say("Editing. Others can only read."))
    day.ana.write("llamar el lunes")
    day.ana.until_says(say("Not saved yet"))
    assert day.contact()["note"] == ""
    day.ana.press("ctrl+s")
    day.ana.until_says(say("Saved."))
    assert day.contact()["note"] == "llamar el lunes"


def bruno_is_refused_asks_and_gets_it(day: Day) -> None:
    ana, bruno = day.ana, day.bruno
    open_contact(bruno, "Rosa Mora")
    bruno.until_says(say("✎ %(name)s edits", name="ana"))
    bruno.until_says("llamar el lunes")
    bruno.press("F6")
    assert not bruno.says(say("Editing. Others can only read."))
    bruno.press("ctrl+p")
    bruno.until_says(say("%(name)s was asked for the contact.", name="ana"))
    ana.click(say("Let it go now"))
    bruno.until_says(say("The contact is free now."))
    bruno.press("F6")
    bruno.until_says(say("Editing. Others can only read."))
    ana.until_says(say("✎ %(name)s edits", name="bruno"))


def bruno_meets_a_conflict(day: Day) -> None:
    """Somebody takes the contact over and changes what bruno was writing: his text is a draft, then one of two."""
    bruno, path = day.bruno, f"/contacts/{day.rosa}"
    bruno.until_writable()
    bruno.press("ctrl+End")
    bruno.write(", mejor tarde")
    bruno.until_says(say("Not saved yet"))
    given = {"purpose": "edit", "reason": "urge"}
    taken = day.boss.ask("POST", f"{path}/lock/take-over", body=given).body
    lease = Lease(day.rosa, taken["token"], taken["expires_at"])
    bruno.until_says(say(TAKEN, by="boss", why="urge"))
    version = day.contact()["version"]
    day.boss.ask("PATCH", path, body={"note": "no llamar"}, version=version, lease=lease)
    day.boss.ask("DELETE", f"{path}/lock", lease=lease)
    bruno.click(say("Go on with it"))
    bruno.until_says(say("Changed while you edited: %(theirs)s", theirs="no llamar"))
    bruno.press("ctrl+s")
    bruno.until_says(say("Somebody changed the same fields"))
    bruno.until_says(say("Mine: %(value)s", value="llamar el lunes, mejor tarde"))
    bruno.until_says(say("Theirs: %(value)s", value="no llamar"))
    assert day.contact()["note"] == "no llamar"
    bruno.press("Return")
    bruno.until_says(say("Saved."))
    assert day.contact()["note"] == "llamar el lunes, mejor tarde"


def bruno_takes_his_change_back(day: Day) -> None:
    day.bruno.click(say("Undo") + " ·")
    day.bruno.until_says(say("Undone."))
    assert day.contact()["note"] == "no llamar"


def ana_imports_a_list(day: Day) -> None:
    """The rehearsal counts, then the rows come in; bruno sees them at once, behind the search that he has."""
    ana = day.ana
    ana.press("Escape", "ctrl+i")
    ana.until_says(say("File: CSV, Excel (.xlsx) or JSON"))
    ana.write(str(SAMPLE))
    ana.press("Return")
    ana.click(say("See what would happen"))
    ana.until_says(say("This would happen. Nothing is changed yet."))
    assert day.boss.ask("GET", "/contacts", query={"limit": 10}).body[3:] == []
    ana.click(say("Import (%(count)s rows)", count="5.200"))
    for window in (ana, day.bruno):
        window.until_says(say("%(count)s of %(total)s contacts", count=1, total="5.003"))
    ana.until_says(say("Import another list"))
    ana.click(say("Close"))
    ana.until(lambda: not ana.says(say("Import another list")))


def bruno_writes_a_note_while_the_server_is_away(day: Day) -> None:
    """The server is killed, the note waits, the server comes back: it arrives, and once."""
    bruno = day.bruno
    day.server.kill()
    bruno.until_says(say("The server is away. You may finish the note: it is sent when the server is back."))
    bruno.click("no llamar")
    bruno.until_writable()
    bruno.press("ctrl+End")
    bruno.write(" por ahora")
    bruno.press("ctrl+s")
    bruno.until_says(say("The note waits for the server."))
    bruno.until_says(say("%(count)s to send", count=1))
    day.restart()
    for window in (day.ana, bruno):
        window.until(lambda window=window: [row["note"] for row in window.rows] == ["no llamar por ahora"])
        window.until_says(say("Live"))
    bruno.until(lambda: not bruno.says(say("The note waits for the server.")))
    saved = ["llamar el lunes", "no llamar", "llamar el lunes, mejor tarde", "no llamar", "no llamar por ahora"]
    assert day.saved_notes(day.rosa) == saved


def nothing_went_wrong(day: Day) -> None:
    """Both close with their key; neither the windows nor the server have an error to tell."""
    day.bruno.press("Escape", "Escape")
    assert [window.quit() for window in (day.ana, day.bruno)] == [0, 0]
    assert [window.complaints for window in (day.ana, day.bruno)] == ["", ""]
    assert day.logged_errors() == []
