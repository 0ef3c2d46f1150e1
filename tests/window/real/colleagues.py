"""Scripted clients: people who change contacts through the API all the time, with and without locks."""

from __future__ import annotations

import contextlib
import random
import threading
from typing import Any

from callmanager.desktop.remote import Remote
from callmanager.desktop.wire import Lease
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden, Locked, NotFound

STATUSES = ("NC", "CUELGA", "INT", "interested", "no_answer")
EXPECTED = (Conflict, Locked, NotFound, Forbidden)
"""What the server says when two want the same: part of the day."""


class Colleague(threading.Thread):
    """Works until `stop` is set, or fails with `error`."""

    def __init__(self, remote: Remote, ids: list[int], teams: list[int], seed: int, stop: threading.Event) -> None:
        super().__init__(name=f"colleague-{seed}", daemon=True)
        self._remote, self._ids, self._teams, self._stop_wanted = remote, ids, teams, stop
        self._dice = random.Random(seed)
        self._work = (self._write, self._write, self._rename, self._hold, self._archive, self._restore, self._move)
        self.done = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stop_wanted.wait(self._dice.uniform(0.02, 0.12)):
                with contextlib.suppress(*EXPECTED):
                    self._dice.choice(self._work)(self._dice.choice(self._ids))
                    self.done += 1
        except CallManagerError as error:
            self.error = error
        finally:
            self._remote.close()

    def _patch(self, contact_id: int, lease: Lease | None = None, **fields: Any) -> None:
        version = self._remote.get_contact(contact_id)["version"]
        self._remote.edit_contact(contact_id, fields, version=version, lease=lease)

    def _write(self, contact_id: int) -> None:
        self._patch(contact_id, note=f"nota {self._dice.randrange(10**6)}")

    def _rename(self, contact_id: int) -> None:
        self._patch(contact_id, name=f"{self._dice.choice(('Ñuñez', 'Ana', 'Óscar', 'Zoe'))} {contact_id}")

    def _hold(self, contact_id: int) -> None:
        """Take it, write twice, give it back."""
        path = f"/contacts/{contact_id}/lock"
        taken = self._remote.ask("PUT", path, body={"purpose": "edit"}).body
        lease = Lease(contact_id, taken["token"], taken["expires_at"])
        for turn in ("uno", "dos"):
            self._patch(contact_id, lease, note=f"con bloqueo {turn} {self._dice.randrange(10**6)}")
        self._remote.ask("DELETE", path, lease=lease)

    def _archive(self, contact_id: int) -> None:
        if self._dice.random() < 0.3:
            version = self._remote.get_contact(contact_id)["version"]
            self._remote.ask("DELETE", f"/contacts/{contact_id}", version=version)

    def _restore(self, contact_id: int) -> None:
        self._remote.ask("POST", f"/contacts/{contact_id}/restore")

    def _move(self, contact_id: int) -> None:
        """Into the sight of some and out of that of others."""
        self._patch(contact_id, team_id=self._dice.choice(self._teams))
