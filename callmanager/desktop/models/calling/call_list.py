"""The calls of the open contact, newest first, as the server tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.agent_state import show_duration
from callmanager.desktop.models.calling.course import CAUSE_TEXTS
from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.card.words import local_time
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.speech import Speech
from callmanager.desktop.sync_events import Heard
from callmanager.desktop.wire import Answer
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

PAGE = 50
RESULT_TEXTS: dict[str, str] = {
    "answered": N_("Answered"),
    "no_answer": N_("Not answered"),
    "busy": N_("Busy"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call in words. `talk` is `1:23`, with `≈` before an estimate; "" when nobody talked."""

    id: int
    when: str
    who: str
    number: str
    result: str
    talk: str
    is_estimated: bool
    outcome: str
    note: str
    callback: str
    is_up: bool
    is_mine: bool
    outcome_code: str = ""


class CallListModel:
    """`show` the calls of a contact; `changed` when they are others."""

    def __init__(self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel) -> None:
        self._tools, self._workplace, self._dispositions = tools, workplace, dispositions
        self._contact_id: int | None = None
        self._calls: list[Mapping[str, Any]] = []
        self._cursor: str | None = None
        self.is_loading = False
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()
        dispositions.changed.connect(self.changed.emit)

    @property
    def contact_id(self) -> int | None:
        """Whose calls they are."""
        return self._contact_id

    @property
    def lines(self) -> list[CallLine]:
        """What is known so far."""
        speech, user_id = self._tools.speech, self._workplace.user.user_id
        return [read_line(call, speech, self._dispositions, user_id) for call in self._calls]

    @property
    def has_more(self) -> bool:
        """Whether there are older ones."""
        return self._cursor is not None

    @property
    def empty_text(self) -> str:
        """Why there is no line; "" when there is one."""
        if self._calls:
            return ""
        say = self._tools.speech.say
        if self.problem is not None:
            return self._tools.speech.explain(self.problem)
        return say(N_("Loading…")) if self.is_loading else say(N_("Nobody has called this contact yet."))

    def show(self, contact_id: int | None) -> None:
        """Show the calls of another contact; None: of nobody."""
        if contact_id != self._contact_id:
            self._contact_id, self._calls, self._cursor, self.problem = contact_id, [], None, None
            self.load()

    def load(self) -> None:
        """Read the newest page anew."""
        self._ask(None)

    def load_more(self) -> None:
        """Read the next older page."""
        if self._cursor is not None:
            self._ask(self._cursor)

    def hear(self, event: WorkEvent) -> None:
        """A call of the contact went a step further, or came to its outcome."""
        if isinstance(event, Heard) and event.event == "call" and isinstance(event.payload, Mapping):
            call = event.payload.get("call", event.payload)
            if isinstance(call, Mapping) and call.get("contact_id") == self._contact_id is not None:
                self.load()

    def _ask(self, cursor: str | None) -> None:
        contact_id = self._contact_id
        if contact_id is None:
            self.changed.emit()
            return
        self.is_loading, self.problem = True, None
        query = {"limit": PAGE} if cursor is None else {"limit": PAGE, "cursor": cursor}
        ask = self._workplace.remote.ask
        self._tools.background.run(
            lambda: ask("GET", f"/contacts/{contact_id}/calls", query=query),
            lambda answer: self._take(contact_id, answer, is_first=cursor is None),
            lambda error: self._failed(contact_id, error),
            only_newest="calling.list",
        )
        self.changed.emit()

    def _take(self, contact_id: int, answer: Answer, *, is_first: bool) -> None:
        found, cursor = answer.body, answer.next_cursor()
        if contact_id != self._contact_id:
            return
        self._calls = found if is_first else self._calls + found
        self._cursor = cursor
        self.is_loading = False
        self.changed.emit()

    def _failed(self, contact_id: int, error: CallManagerError) -> None:
        if contact_id == self._contact_id:
            self.is_loading, self.problem = False, error
            self.changed.emit()


def read_line(call: Mapping[str, Any], speech: Speech, dispositions: DispositionsModel, user_id: int) -> CallLine:
    """A call as on the wire, in words for the user `user_id`."""
    say = speech.say
    talk, is_estimated = call["talk_seconds"], bool(call["estimated"])
    shown = "" if talk is None else show_duration(int(talk))
    result = RESULT_TEXTS.get(str(call["result"])) or CAUSE_TEXTS.get(str(call["cause"]))
    return CallLine(
        id=int(call["id"]),
        when=local_time(call["requested_at"]),
        who=str(call["user"]),
        number=str(call["number"]),
        result=say(N_("In progress")) if call["state"] != "ended" else say(result or N_("The call is over")),
        talk=f"≈ {shown}" if shown and is_estimated else shown,
        is_estimated=is_estimated,
        outcome=dispositions.name(call["disposition"]),
        note=str(call["note"] or ""),
        callback=local_time(call["callback_at"]),
        is_up=call["state"] != "ended",
        is_mine=call["user_id"] == user_id,
        outcome_code=dispositions.mark(call["disposition"]),
    )
