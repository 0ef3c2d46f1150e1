"""A real server that can go away and come back, with people whose password is known, and windows for them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from callmanager.desktop.remote import Remote
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.live_server import RunningServer, start_server
from tests.web import QUICK, Web
from tests.window.real.real_window import RealWindow, open_desk_screen, say


class Premises:
    """`boss` may do everything; `hire` gives people of team Norte. Leaving the block ends windows and server."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ends = folder, ExitStack()
        (folder / "server").mkdir()
        people = Web(folder / "server")
        people.services.imports.close()
        people.close()
        self._keys, self._screens = people.keys, dict[str, str]()
        self.teams = people.teams
        self.server = self._start()
        self._ends.callback(self._end)

    @property
    def team(self) -> int:
        """Norte, of which everybody is who is hired here."""
        return self.teams["Norte"]

    @property
    def boss(self) -> Remote:
        return self.office.boss

    def hire(self, username: str, role: str = "agent", **fields: Any) -> Remote:
        """A new user; the client that asks as him."""
        key = self.office.hire(username, role, team_id=self.team, **fields)["api_key"]
        return Remote(self.server.url, api_key=key, language="en")

    def create(self, **fields: Any) -> int:
        """The id of a new contact of the team."""
        made: int = self.office.create(team_id=self.team, **fields)["id"]
        return made

    def open_window(self, username: str) -> RealWindow:
        """The program on the user's PC, not signed in. On the same PC again when it was opened before."""
        if username not in self._screens:
            self._screens[username] = self._ends.enter_context(open_desk_screen())
        window = RealWindow(self._screens[username], self._folder / username, self.server.url)
        return self._ends.enter_context(window)

    def restart(self) -> None:
        """Kill the server, if it runs, and start it where it was."""
        port = self.server.port
        self.server.kill()
        self.boss.close()
        self.server = self._start(SERVER_PORT=port)

    def saved_notes(self, contact_id: int) -> list[str]:
        """Every note that an edit has given a contact, oldest first."""
        lines = self.boss.ask("GET", f"/contacts/{contact_id}/history").body
        edits = [line["fields"] for line in reversed(lines) if line["kind"] == "updated"]
        return [fields["note"][1] for fields in edits if "note" in fields]

    def logged_errors(self) -> list[str]:
        """What the server has logged as an error."""
        return [line for line in self.server.log().splitlines() if "ERROR" in line or "CRITICAL" in line]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _start(self, **settings: Any) -> RunningServer:
        server = start_server(self._folder / "server", **QUICK, **settings)
        self.office = LiveOffice(server, Remote(server.url, api_key=self._keys["boss"], language="en"), self._keys, {})
        return server

    def _end(self) -> None:
        self.boss.close()
        self.server.kill()


def sign_in(window: RealWindow, username: str, password: str = PASSWORD) -> None:
    """Write into the form and send it; an empty name leaves the one that stands there."""
    window.until_says(say("User"))
    if username:
        window.write(username)
        window.press("Tab")
    window.write(password)
    window.press("Return")


def until_live(window: RealWindow, username: str) -> None:
    """Until the list follows the server."""
    window.until(lambda: window.title.startswith(username) and window.says(say("Live")))


def open_contact(window: RealWindow, name: str) -> None:
    """Search for a contact whose name is like no other's, and open it."""
    window.press("ctrl+k", "ctrl+slash")
    window.write(name)
    window.until(lambda: [row["name"] for row in window.rows] == [name])
    window.press("Return", "Return")  # to the row, and open it
    window.until(lambda: window.texts.count(name) >= 2)  # in the search, and at the head of the card
