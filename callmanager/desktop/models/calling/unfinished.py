"""Calls of the user that still wait for an outcome, from before this start: asked for, and led to their outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.calling.course import CAUSE_TEXTS, name_of
from callmanager.desktop.models.card.words import local_time
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

_QUERY = {"open": "true", "limit": 100}


@dataclass(frozen=True, slots=True)
class UnfinishedCall:
    """One call in words. `is_up`: the server still takes it to be going on."""

    id: int
    contact_id: int
    contact_name: str
    number: str
    when: str
    state: str
    is_up: bool


class UnfinishedModel:
    """`changed` when there are others; `resumed(call)` for who asks the outcome (the call as on the wire).

    `at_hand` tells the id of the call that the user has before him: that one is not unfinished, it is going on.
    """

    def __init__(self, tools: Tools, workplace: Workplace, at_hand: Callable[[], int | None]) -> None:
        self._tools, self._workplace, self._at_hand = tools, workplace, at_hand
        self._calls: list[Mapping[str, Any]] = []
        self._is_loading = self._is_stale = False
        self.problem: CallManagerError | None = None
        self.was_shown = False
        """Whether the user was asked for those of before this start; kept here, since views come and go."""
        self.changed: Signal[[]] = Signal()
        self.resumed: Signal[[Mapping[str, Any]]] = Signal()

    @property
    def is_loading(self) -> bool:
        """Whether the server is being asked."""
        return self._is_loading

    @property
    def calls(self) -> list[UnfinishedCall]:
        """Oldest first; without those whose outcome waits to be sent."""
        return [self._shown(call) for call in self._open()]

    @property
    def text(self) -> str:
        """`2 calls wait for their outcome`; "" when none does."""
        count, say = len(self._open()), self._tools.speech.say
        if count == 1:
            return say(N_("1 call waits for its outcome."))
        return say(N_("%(count)s calls wait for their outcome."), count=count) if count else ""

    def load(self) -> None:
        """Ask the server."""
        if self._is_loading:
            self._is_stale = True
            return
        self._is_loading, self._is_stale = True, False
        ask, query = self._workplace.remote.ask, {**_QUERY, "user_id": self._workplace.user.user_id}
        self._tools.background.run(lambda: ask("GET", "/calls", query=query).body, self._take, self._failed)

    def resume(self, call_id: int) -> None:
        """Ask for the outcome of one, as the server has it now; one that is still up is closed by the agent's word."""
        ask = self._workplace.remote.ask
        self._tools.background.run(lambda: ask("GET", f"/calls/{call_id}").body, self._resume, self._failed)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        is_back = isinstance(event, StatusChanged) and event.status in (Status.LIVE, Status.POLLING)
        if isinstance(event, Sent) and event.item.path.endswith("/disposition"):
            settled = event.item.path
            self._calls = [call for call in self._calls if f"/calls/{call['id']}/disposition" != settled]
            self.changed.emit()
        is_settled = isinstance(event, Sent | Refused) and event.item.path.startswith("/calls/")
        if is_back or is_settled:
            self.load()

    def _open(self) -> list[Mapping[str, Any]]:
        sent = {item.path for item in self._workplace.store.work.list_waiting()}
        at_hand = self._at_hand()
        return [
            call for call in self._calls if call["id"] != at_hand and f"/calls/{call['id']}/disposition" not in sent
        ]

    def _take(self, calls: list[Mapping[str, Any]]) -> None:
        self._is_loading, self.problem = False, None
        self._calls = sorted(calls, key=lambda call: int(call["id"]))
        self.changed.emit()
        if self._is_stale:
            self.load()

    def _failed(self, error: CallManagerError) -> None:
        self._is_loading, self.problem = False, error
        self.changed.emit()

    def _resume(self, call: Mapping[str, Any]) -> None:
        if call["disposition"] is None:
            self.resumed.emit(call)
        self.load()

    def _shown(self, call: Mapping[str, Any]) -> UnfinishedCall:
        record = self._workplace.store.replica.find_contact(int(call["contact_id"]))
        say, is_up = self._tools.speech.say, call["state"] != "ended"
        ended = CAUSE_TEXTS.get(str(call["cause"]), N_("The call is over"))
        return UnfinishedCall(
            id=int(call["id"]),
            contact_id=int(call["contact_id"]),
            contact_name=name_of(record),
            number=str(call["number"]),
            when=local_time(call["requested_at"]),
            state=say(N_("Perhaps still up") if is_up else ended),
            is_up=is_up,
        )
