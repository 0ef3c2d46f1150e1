"""What a refusal of a call asks the agent: whether to call anyway, or where to go first. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callmanager.desktop.models.calling.dialling import Consents
from callmanager.desktop.models.calling.numbers import ASKS
from callmanager.desktop.models.times import show_wire_clock
from callmanager.desktop.models.tools import Tools
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

PROMISED = "promised"
"""The code of the question before a call that somebody else has promised."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be decided before the call is made. `code` is the refusal's, but for a promise.

    `yes_label` ("Call anyway") is empty when it cannot be passed. `asks_reason`: a reason has to be written.
    `call_id`, `contact_id`: what the refusal is about, to be opened (`open_label`), where there is something.
    """

    code: str
    text: str
    yes_label: str = ""
    asks_reason: bool = False
    open_label: str = ""
    call_id: int | None = None
    contact_id: int | None = None


def build_question(error: CallManagerError, tools: Tools) -> Question | None:
    """The question that a refusal stands for; None for one that leaves nothing to decide."""
    speech, fields = tools.speech, error.fields
    anyway = speech.say(N_("Call anyway"))
    text = speech.explain(error)
    if error.code == ASKS:
        return Question(error.code, text, speech.say(N_("Call it as it is written")))
    if error.code in {"do_not_call", "call_limit"} and fields.get("may_override"):
        return Question(error.code, text, anyway, asks_reason=True)
    if error.code in _WITH_A_TIME:
        return _WITH_A_TIME[error.code](error, tools, anyway)
    if error.code == "number_marked":
        return Question(PROMISED if fields.get("mark") == "promised" else error.code, text, anyway)
    if error.code in {"call_live", "disposition_missing"} and isinstance(fields.get("call_id"), int):
        label = speech.say(N_("Go to that call"))
        return Question(
            error.code, text, open_label=label, call_id=fields["call_id"], contact_id=fields.get("contact_id")
        )
    return None


def add_pass(passes: Consents, question: Question, reason: str) -> Consents:
    """What the agent has said yes to by now."""
    if question.code == ASKS:
        return Consents(True, passes.anyway, passes.override_reason)
    if question.asks_reason:
        return Consents(passes.as_written, passes.anyway, reason)
    return Consents(passes.as_written, True, passes.override_reason)


def _outside_hours(error: CallManagerError, tools: Tools, anyway: str) -> Question:
    """Who may not call now can only close it: it says from when he may, by the clock of the contact and by his."""
    fields, say, now = error.fields, tools.speech.say, tools.clock.now()
    opens_at, may_override = show_wire_clock(str(fields.get("opens_at")), now), bool(fields.get("may_override"))
    parts = [tools.speech.explain(error)]
    if opens_at and _is_elsewhere(str(fields.get("local_time")), now):
        parts.append(say(N_("By the clock of this PC the hours begin at %(time)s."), time=opens_at))
    if opens_at and not may_override:
        parts.append(say(N_("Write that time into Next call of the contact, or call somebody else.")))
    return Question(error.code, " ".join(parts), anyway if may_override else "", asks_reason=may_override)


def _is_elsewhere(local_time: str, now: datetime) -> bool:
    """Whether clocks there show another time than here."""
    try:
        return datetime.fromisoformat(local_time).utcoffset() != now.astimezone().utcoffset()
    except ValueError:
        return False


def _called_recently(error: CallManagerError, tools: Tools, anyway: str) -> Question:
    fields, say = error.fields, tools.speech.say
    contact_id = fields.get("contact_id")
    clock = show_wire_clock(str(fields.get("at", "")), tools.clock.now())
    if fields.get("same_contact"):
        text = say(N_("%(by)s called this contact at %(time)s."), by=fields.get("by"), time=clock)
        return Question(error.code, text, anyway)
    text = say(N_("%(by)s called this number for another contact at %(time)s."), by=fields.get("by"), time=clock)
    return Question(
        error.code,
        text,
        anyway,
        open_label=say(N_("Open that contact")) if contact_id else "",
        contact_id=contact_id if isinstance(contact_id, int) else None,
    )


_WITH_A_TIME: dict[str, Callable[[CallManagerError, Tools, str], Question]] = {
    "outside_hours": _outside_hours,
    "number_called_recently": _called_recently,
}
