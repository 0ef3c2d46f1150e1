"""What needs the user's decision: requests that the server refused, beside those that still wait to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.words import Names, local_time
from callmanager.desktop.models.status import StatusModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.store import Queued
from callmanager.desktop.workplace import SendingWaits, WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

VERSION_CONFLICT = "version_conflict"
_CALLS = "/calls/"


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """One request. `text` is what the user wrote, by fields; `theirs` what stands there now, when it is in dispute."""

    number: int
    is_refused: bool
    when: str
    who: str
    what: str
    why: str
    text: str
    theirs: str
    contact_id: int | None
    is_disputed: bool


class AttentionModel:
    """`changed` when the lines are others; `refused(line)` when the server has just refused one."""

    def __init__(self, tools: Tools, workplace: Workplace, status: StatusModel) -> None:
        self._tools, self._workplace, self._status = tools, workplace, status
        self._names = Names(workplace.store.replica, tools.speech, workplace.user.region)
        self._obstacle: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()
        self.refused: Signal[[AttentionLine]] = Signal()

    @property
    def lines(self) -> list[AttentionLine]:
        """What was refused, then what waits, each oldest first."""
        work = self._workplace.store.work
        return [self._line(item) for item in (*work.list_refused(), *work.list_waiting())]

    @property
    def count(self) -> int:
        """How many need a decision."""
        return self._status.refused

    @property
    def summary(self) -> str:
        """`2 necesitan su decisión · 3 por enviar`, or that all is well."""
        parts = [text for text in (self._status.refused_text, self._status.waiting_text) if text]
        return " · ".join(parts) or self._tools.speech.say(N_("Everything is sent. Nothing needs your attention."))

    def find(self, number: int | None) -> AttentionLine | None:
        """One line; None when it was settled meanwhile."""
        return next((line for line in self.lines if line.number == number), None)

    def send_again(self, number: int) -> None:
        """Send a refused one again. One in dispute takes the place of what stood there when it was refused."""
        line = self.find(number)
        if line is None or not line.is_refused:
            return
        if line.is_disputed:
            self._send_over(number)
        else:
            self._workplace.outbox.retry(number)
        self._settled()
        self._workplace.send_soon()

    def discard(self, number: int) -> None:
        """Give a refused one up."""
        self._workplace.store.work.discard(number)
        self._settled()

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, after the status has heard it."""
        if isinstance(event, Refused):
            self.changed.emit()
            self.refused.emit(self._line(event.item, event.error))
        elif isinstance(event, SendingWaits):
            self._obstacle = event.error
            self.changed.emit()
        elif isinstance(event, Sent):
            self._obstacle = None
            self.changed.emit()

    def _send_over(self, number: int) -> None:
        work = self._workplace.store.work
        item = next((one for one in work.list_refused() if one.number == number), None)
        if item is None:
            return
        version = ((item.problem or {}).get("fields") or {}).get("version")
        self._workplace.outbox.put(
            item.method,
            item.path,
            item.body,
            version=version if isinstance(version, int) else item.version,
            about=item.about,
            contact_id=item.contact_id,
        )
        work.discard(number)

    def _settled(self) -> None:
        self._status.note_kept()
        self.changed.emit()

    def _line(self, item: Queued, error: CallManagerError | None = None) -> AttentionLine:
        problem = item.problem or {}
        fields = error.fields if error is not None else problem.get("fields") or {}
        is_refused = error is not None or item.problem is not None
        code = error.code if error is not None else problem.get("code")
        found = fields.get("disputed")
        disputed = found if isinstance(found, Mapping) else {}
        return AttentionLine(
            number=item.number,
            is_refused=is_refused,
            when=local_time(item.queued_at),
            who=self._who(item),
            what=self._what(item),
            why=self._why(item, error),
            text=self._outcome(item.body) if item.path.startswith(_CALLS) else self._text(item.body),
            theirs=self._text({name: sides.get("theirs") for name, sides in disputed.items()}),
            contact_id=item.contact_id,
            is_disputed=code == VERSION_CONFLICT,
        )

    def _who(self, item: Queued) -> str:
        found = None if item.contact_id is None else self._workplace.store.replica.find_contact(item.contact_id)
        return str((found or {}).get("name") or item.about or "")

    def _what(self, item: Queued) -> str:
        say, body = self._tools.speech.say, item.body
        if item.path.startswith(_CALLS):
            return say(N_("Outcome of a call") if _is_outcome(item) else N_("Course of a call"))
        if item.method == "PATCH" and isinstance(body, dict) and body.keys() == {"note"}:
            return say(N_("Note"))
        if item.method == "PATCH" and isinstance(body, dict):
            return say(N_("Change of %(fields)s"), fields=", ".join(self._names.field(name) for name in body))
        return say(N_("Request"))

    def _why(self, item: Queued, error: CallManagerError | None) -> str:
        speech, problem = self._tools.speech, item.problem
        if error is not None:
            return speech.explain(error)
        if problem is not None:
            return speech.say(str(problem["message"]), **problem.get("params", {}))
        if self._obstacle is not None:
            return speech.say(N_("Waits to be sent. %(why)s"), why=speech.explain(self._obstacle))
        return speech.say(N_("Waits to be sent."))

    def _outcome(self, body: Any) -> str:
        """What the user said came of a call; the phone's states say nothing to him."""
        if not isinstance(body, Mapping) or "disposition" not in body:
            return ""
        parts = (self._names.status(str(body["disposition"])), body.get("note"), local_time(body.get("callback_at")))
        return "\n".join(str(part) for part in parts if part)

    def _text(self, body: Any) -> str:
        if not isinstance(body, Mapping):
            return ""
        values = {name: self._names.value(name, value) for name, value in body.items()}
        if values.keys() == {"note"}:
            return values["note"]
        return "\n".join(f"{self._names.field(name)}: {value}" for name, value in values.items())


def _is_outcome(item: Queued) -> bool:
    return isinstance(item.body, Mapping) and "disposition" in item.body
