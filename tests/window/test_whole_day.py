"""A day at the office as two people have it: the program itself in two windows, with keys and mouse, a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.remote import Remote
from callmanager.desktop.wire import Lease
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import RunningServer, start_server
from tests.web import QUICK, Web
from tests.window.real.real_window import RealWindow, open_screen, say

NEW_PASSWORD = "cuatro nubes sin lluvia"


class Day:
    """The server, which can go away and come back, and the windows of ana and bruno."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        (folder / "server").mkdir()
        people = Web(folder / "server")
        people.services.imports.close()
        people.close()
        self._keys, teams = people.keys, people.teams
        self.server = self._start()
        for name, role in (("ana", "manager"), ("bruno", "agent")):
            fields = {"role": role, "team_id": teams["Norte"], "must_change_password": name == "ana"}
            self.office.hire(name, **fields)
        made = [
            self.office.create(name=name, team_id=teams["Norte"]) for name in ("Rosa Mora", "Luis Vega", "Eva Soto")
        ]
        self.rosa: int = made[0]["id"]
        self.ana = stack.enter_context(RealWindow(stack.enter_context(open_screen()), folder / "ana", self.server.url))
        self.bruno = stack.enter_context(
            RealWindow(stack.enter_context(open_screen()), folder / "bruno", self.server.url)
        )

    @property
    def boss(self) -> Remote:
        return self.office.boss

    def restart(self) -> None:
        """The server comes back where it was."""
        port = self.server.port
        self.server.kill()
        self.server = self._start(SERVER_PORT=port)

    def contact(self) -> dict[str, Any]:
        return self.boss.get_contact(self.rosa)

    def notes(self) -> list[str]:
        """Every note that was ever saved, oldest first."""
        lines = self.boss.ask("GET", f"/contacts/{self.rosa}/history").body
        edits = [line["fields"] for line in reversed(lines) if line["kind"] == "updated"]
        return [fields["note"][1] for fields in edits if "note" in fields]

    def close(self) -> None:
        self.boss.close()
        self.server.kill()

    def _start(self, **settings: Any) -> RunningServer:
        server = start_server(self.folder / "server", **QUICK, **settings)
        self.office = LiveOffice(server, Remote(server.url, api_key=self._keys["boss"], language="en"), self._keys, {})
        return server


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with ExitStack() as stack:
        found = Day(tmp_path, stack)
        stack.callback(found.close)
        yield found


def test_a_whole_day(day: Day) -> None:
    they_sign_in(day)
    ana_finds_a_contact_and_edits_it(day)
    bruno_is_refused_asks_and_gets_it(day)
    bruno_meets_a_conflict(day)
    bruno_takes_his_change_back(day)
    bruno_writes_a_note_while_the_server_is_away(day)
    nothing_went_wrong(day)


def they_sign_in(day: Day) -> None:
    """ana has to choose a password first; the wrong one is refused in words."""
    sign_in(day.bruno, "bruno", "wrong")
    day.bruno.until_says("contraseña no es")
    sign_in(day.bruno, "", PASSWORD)
    sign_in(day.ana, "ana", PASSWORD)
    day.ana.until_says(say("New password"))
    day.ana.write(NEW_PASSWORD)
    day.ana.press("Tab")
    day.ana.write(NEW_PASSWORD)
    day.ana.press("Return")
    for window, name in ((day.ana, "ana"), (day.bruno, "bruno")):
        window.until(lambda window=window, name=name: window.title.startswith(name) and window.says(say("Live")))
        window.until(lambda window=window: len(window.rows) == 3)


def sign_in(window: RealWindow, username: str, password: str) -> None:
    window.until_says(say("User"))
    if username:
        window.write(username)
        window.press("Tab")
    window.write(password)
    window.press("Return")


def open_rosa(window: RealWindow) -> None:
    window.press("ctrl+k")
    window.write("mora")
    window.until(lambda: [row["name"] for row in window.rows] == ["Rosa Mora"])
    window.press("Return", "Return")  # to the row, and open it
    window.until_says("Rosa Mora")


def ana_finds_a_contact_and_edits_it(day: Day) -> None:
    open_rosa(day.ana)
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
    open_rosa(bruno)
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


TAKEN = "%(by)s took this contact over: %(why)s. What you typed is kept as a draft."


def bruno_takes_his_change_back(day: Day) -> None:
    day.bruno.click(say("Undo") + " ·")
    day.bruno.until_says(say("Undone."))
    assert day.contact()["note"] == "no llamar"


def bruno_writes_a_note_while_the_server_is_away(day: Day) -> None:
    """The server is killed, the note waits, the server comes back: it arrives, and once."""
    bruno = day.bruno
    day.server.kill()
    bruno.until_says(say("The server is away. You may finish the note: it is sent when the server is back."))
    bruno.click("no llamar")
    bruno.press("ctrl+End")
    bruno.write(" por ahora")
    bruno.press("ctrl+s")
    bruno.until_says(say("The note waits for the server."))
    bruno.until_says(say("%(count)s to send", count=1))
    day.restart()
    for window in (day.ana, bruno):
        window.until_says("no llamar por ahora")
        window.until_says(say("Live"))
    bruno.until(lambda: not bruno.says(say("The note waits for the server.")))
    saved = ["llamar el lunes", "no llamar", "llamar el lunes, mejor tarde", "no llamar", "no llamar por ahora"]
    assert day.notes() == saved


def nothing_went_wrong(day: Day) -> None:
    """Both close with their key; neither the windows nor the server have an error to tell."""
    day.bruno.press("Escape", "Escape")
    assert [window.quit() for window in (day.ana, day.bruno)] == [0, 0]
    assert [window.complaints for window in (day.ana, day.bruno)] == ["", ""]
    assert not [line for line in day.server.log().splitlines() if "ERROR" in line or "CRITICAL" in line]
