"""What an office does meanwhile: people who edit, move, archive, merge and hold contacts, and the administrator."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

from callmanager.desktop.remote import Remote
from callmanager.desktop.wire import Lease
from callmanager.domain.errors import CallManagerError, Unavailable

LEVELS = ("edit", "edit", "edit", "move", "move", "create", "archive", "restore", "merge", "hold", "leave_held")


class Colleague:
    """Somebody who works without faults in between. `contacts` is shared by all who work, and grows."""

    def __init__(self, url: str, key: str, teams: Sequence[int], contacts: list[int], seed: int) -> None:
        self.remote = Remote(url, api_key=key)
        self.done: Counter[str] = Counter()
        self._teams = [None, *teams]
        self._contacts = contacts
        self._dice = random.Random(seed)

    def work(self, stop: threading.Event, pause: float) -> None:
        """One thing after the other until `stop`."""
        while not stop.wait(pause):
            self.do(self._dice.choice(LEVELS))
        self.remote.close()

    def do(self, what: str) -> None:
        """One thing; what the server refuses, because somebody else was first, is part of the work."""
        try:
            getattr(self, f"_{what}")(self._dice.choice(self._contacts))
        except CallManagerError as error:
            self.done[f"refused: {error.code}"] += 1
        else:
            self.done[what] += 1

    def _edit(self, contact_id: int) -> None:
        self._set(contact_id, note=f"nota {self._dice.random()}", name=f"Niña {self._dice.randint(1, 999)}")

    def _move(self, contact_id: int) -> None:
        self._set(contact_id, team_id=self._dice.choice(self._teams))

    def _create(self, contact_id: int) -> None:
        del contact_id
        given = {"phone": "8888-0000", "name": "Nuevo", "team_id": self._dice.choice(self._teams)}
        self._contacts.append(self.remote.ask("POST", "/contacts", body=given).body["id"])

    def _archive(self, contact_id: int) -> None:
        self.remote.ask("DELETE", f"/contacts/{contact_id}", version=self._version(contact_id))

    def _restore(self, contact_id: int) -> None:
        """One that the log says was archived lately."""
        del contact_id
        gone = self.remote.ask("GET", "/contacts", query={"archived": "true", "limit": 20}).body
        if gone:
            self.remote.ask("POST", f"/contacts/{self._dice.choice(gone)['id']}/restore")

    def _merge(self, contact_id: int) -> None:
        other = self._dice.choice(self._contacts)
        given = {"keep_id": contact_id, "keep_version": self._version(contact_id)}
        given |= {"merge_id": other, "merge_version": self._version(other)}
        self.remote.ask("POST", "/contacts/merge", body=given)

    def _hold(self, contact_id: int) -> None:
        """Take it, edit it twice under the lease, and give it back."""
        lease = self._take(contact_id)
        try:
            for _ in range(2):
                self._set(contact_id, lease, company=f"Empresa {self._dice.randint(1, 99)}")
        finally:
            self.remote.ask("DELETE", f"/contacts/{contact_id}/lock", lease=lease)

    def _leave_held(self, contact_id: int) -> None:
        self._take(contact_id)

    def _take(self, contact_id: int) -> Lease:
        body = self.remote.ask("PUT", f"/contacts/{contact_id}/lock", body={"purpose": "edit"}).body
        return Lease(contact_id, body["token"], body["expires_at"])

    def _set(self, contact_id: int, lease: Lease | None = None, **fields: Any) -> None:
        self.remote.edit_contact(contact_id, fields, version=self._version(contact_id), lease=lease)

    def _version(self, contact_id: int) -> int:
        version: int = self.remote.get_contact(contact_id)["version"]
        return version


class Administrator:
    """Moves people between teams, names teams and campaigns anew, and brings a list in."""

    def __init__(self, url: str, key: str, teams: Sequence[int], wanderers: Sequence[int]) -> None:
        self.remote = Remote(url, api_key=key)
        self._teams, self._wanderers = teams, wanderers
        self._campaign = self.remote.ask("POST", "/campaigns", body={"name": "Gira", "team_id": teams[0]}).body["id"]

    def import_list(self, rows: int) -> None:
        """New contacts in one go: more than a live message holds, so that everybody must pull."""
        given = [{"phone": f"+506 8700 {number:04d}", "name": f"Importado {number}"} for number in range(rows)]
        answer = self.remote.ask("POST", "/import", body=given).body
        assert answer["inserted"] == rows, answer

    def work(self, stop: threading.Event, pause: float) -> None:
        """Turn by turn until `stop`; every one of these changes what somebody may see, or what all are shown."""
        turn = 0
        while not stop.wait(pause):
            turn += 1
            team_id = self._teams[turn // 3 % len(self._teams)]
            if turn % 3 == 0:
                self._set(f"/users/{self._wanderers[turn // 6 % len(self._wanderers)]}", team_id=team_id)
            elif turn % 3 == 1:
                self._set(f"/campaigns/{self._campaign}", team_id=team_id)
            else:
                self._set(f"/teams/{team_id}", name=f"Equipo {team_id} {turn}")
        self.remote.close()

    def _set(self, path: str, **fields: Any) -> None:
        try:
            version = self.remote.ask("GET", path).body["version"]
            self.remote.ask("PATCH", path, body=fields, version=version)
        except Unavailable:
            return  # a thousand clients on the same machine can leave the server no time: the next turn comes
