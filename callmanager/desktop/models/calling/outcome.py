"""What came of the call: chosen with one key, with a note and a callback where they are asked for. Sends nothing.

What is typed lives here, so that a view can be built anew at any moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callmanager.desktop.models.calling.dispositions import NO, REQUIRED, SUGGESTED_BY, Disposition, DispositionsModel
from callmanager.desktop.models.card.words import DATE, Sentence, local_time, notice_of_time, parse_local_time, sentence
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.domain.clock import from_wire
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.prohibitions import Kind
from callmanager.domain.texts import N_

MOST_NOTE = 4_000
_TOMORROW_HOUR = 9


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """One button. `key` is the digit on it, if it has one; `mark` the outcome in whose colour it is shown.

    `is_suggested`: the phone speaks for it, and nothing was chosen yet.
    """

    code: str
    name: str
    key: int | None
    is_chosen: bool
    is_final: bool
    mark: str
    is_suggested: bool


@dataclass(frozen=True, slots=True)
class CallbackChoice:
    """A time that is often agreed on; `text` goes into the field."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BarsChoice:
    """What may be meant by an outcome that wants no calls: its kind, in words, and whether it is the chosen one."""

    kind: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ChosenOutcome:
    """What the user decided, as the server takes it. `bars` only where it was asked."""

    disposition: str
    note: str
    callback_at: str | None
    bars: str | None = None

    def to_wire(self, *, anyway: bool) -> dict[str, Any]:
        asked = {} if self.bars is None else {"bars": self.bars}
        return {
            **asked,
            "disposition": self.disposition,
            "note": self.note,
            "callback_at": self.callback_at,
            "anyway": anyway,
        }


class OutcomeModel:
    """`changed` after every choice and at each keystroke that shows elsewhere.

    problems: `field_errors` under `disposition`, `note`, `callback_at`. `question`: asked once before an odd outcome
    is taken; `check` again takes it.
    """

    def __init__(self, tools: Tools, dispositions: DispositionsModel) -> None:
        self._tools, self._dispositions = tools, dispositions
        self.changed: Signal[[]] = Signal()
        self.wanted: Signal[[str]] = Signal()
        """A field has to be filled before it can be saved: `note`, `callback_at`, `disposition`; it takes the focus."""
        self._code: str | None = None
        self._suggested: str | None = None
        self._note = self._callback = ""
        self._wants_callback = False
        self._shared_line, self._bars = "", Kind.PERSON.value
        self.question: Sentence | None = None
        self.field_errors: dict[str, CallManagerError] = {}
        dispositions.changed.connect(self.changed.emit)

    @property
    def choices(self) -> list[OutcomeChoice]:
        """What can be chosen."""
        return [
            OutcomeChoice(
                one.code,
                one.name,
                one.key,
                one.code == self._code,
                one.is_final,
                self._dispositions.mark(one.code),
                one.code == self._suggested and self._code is None,
            )
            for one in self._dispositions.choices
        ]

    @property
    def chosen(self) -> Disposition | None:
        """What is chosen."""
        return self._dispositions.find(self._code)

    @property
    def suggested(self) -> OutcomeChoice | None:
        """What the phone speaks for, while nothing is chosen."""
        return next((one for one in self.choices if one.is_suggested), None)

    @property
    def note(self) -> str:
        """What is typed."""
        return self._note

    @property
    def callback_text(self) -> str:
        """What is typed as the time of the callback (dd/mm/aaaa HH:MM); "" for none."""
        return self._callback

    @property
    def callback_notice(self) -> Sentence | None:
        """What is to be said of the time that is typed: the clock shows it never or twice."""
        return notice_of_time(self._callback)

    @property
    def is_callback_open(self) -> bool:
        """Whether the field of the callback is shown."""
        chosen = self.chosen
        return self._wants_callback or bool(self._callback) or (chosen is not None and chosen.callback != NO)

    @property
    def needs_note(self) -> bool:
        return self.chosen is not None and self.chosen.needs_note

    @property
    def needs_callback(self) -> bool:
        return self.chosen is not None and self.chosen.callback == REQUIRED

    @property
    def bars_choices(self) -> list[BarsChoice]:
        """The person or the line, where the chosen outcome wants no calls and others are reached on the line; else
        nothing is asked."""
        chosen = self.chosen
        if chosen is None or not chosen.do_not_call or not self._shared_line:
            return []
        say = self._tools.speech.say
        line = say(N_("The line %(number)s, whoever answers"), number=self._shared_line)
        texts = {Kind.PERSON.value: say(N_("The person, on every phone")), Kind.LINE.value: line}
        return [BarsChoice(kind, text, kind == self._bars) for kind, text in texts.items()]

    @property
    def is_touched(self) -> bool:
        """Whether something was chosen or typed."""
        return bool(self._code or self._note or self._callback)

    @property
    def callback_choices(self) -> list[CallbackChoice]:
        """Times that are often agreed on, from now."""
        say, now = self._tools.speech.say, self._tools.clock.now().astimezone()
        morning = (now + timedelta(days=1)).replace(hour=_TOMORROW_HOUR, minute=0)
        offered = (
            (say(N_("In 15 minutes")), now + timedelta(minutes=15)),
            (say(N_("In 1 hour")), now + timedelta(hours=1)),
            (say(N_("In 3 hours")), now + timedelta(hours=3)),
            (say(N_("Tomorrow at 9")), morning),
            (say(N_("In a week")), now + timedelta(days=7)),
        )
        return [CallbackChoice(label, at.strftime(DATE)) for label, at in offered]

    def choose(self, code: str | None) -> None:
        """Choose an outcome by its code; None takes the choice back."""
        if code is not None and code not in {one.code for one in self._dispositions.choices}:
            return
        self._code, self.question = code, None
        self.field_errors.clear()
        self.changed.emit()
        if self.needs_callback and not self._callback:
            self.wanted.emit("callback_at")
        elif self.needs_note and not self._note.strip():
            self.wanted.emit("note")

    def suggest(self, cause: str | None) -> None:
        """The phone has told how the call ended: offer what that speaks for. It is the user who chooses."""
        self._suggested = SUGGESTED_BY.get(cause or "")
        self.changed.emit()

    def choose_key(self, key: int) -> None:
        """Choose the outcome on a digit, if there is one; that of the chosen one goes on to what it bars."""
        found = self._dispositions.find_by_key(key)
        if found is not None and found.code == self._code and self.bars_choices:
            self.choose_bars(next(one.kind for one in self.bars_choices if not one.is_chosen))
        elif found is not None:
            self.choose(found.code)

    def share_line(self, number: str) -> None:
        """Others than the contact are reached on the line that was called, or nobody ("")."""
        if number != self._shared_line:
            self._shared_line, self._bars = number, Kind.PERSON.value
            self.changed.emit()

    def choose_bars(self, kind: str) -> None:
        """Choose whether the person or the line is not to be called any more."""
        if kind in {one.kind for one in self.bars_choices} and kind != self._bars:
            self._bars = kind
            self.changed.emit()

    def type_note(self, text: str) -> None:
        """The note is being typed."""
        if text != self._note:
            self._note = text[:MOST_NOTE]
            self.field_errors.pop("note", None)
            self.changed.emit()

    def type_callback(self, text: str) -> None:
        """The time of the callback is being typed, or one of `callback_choices` was taken."""
        if text != self._callback:
            self._callback = text
            self.field_errors.pop("callback_at", None)
            self.changed.emit()

    def ask_callback(self) -> None:
        """Show the field of the callback and give it the focus."""
        self._wants_callback = True
        self.changed.emit()
        self.wanted.emit("callback_at")

    def check(self, talk_seconds: float | None) -> ChosenOutcome | None:
        """What is to be sent; None when something is missing or odd, which is told. Odd is asked about once."""
        self.field_errors.clear()
        chosen = self.chosen
        if chosen is None:
            self._miss("disposition", N_("Choose an outcome first."))
            return None
        given = self._read(chosen)
        if given is None:
            return None
        if self.question is None and _is_odd(chosen, talk_seconds):
            self.question = sentence(
                N_("%(outcome)s, after a call of %(seconds)s s? Save again if it is right."),
                outcome=chosen.name,
                seconds=int(talk_seconds or 0),
            )
            self.changed.emit()
            return None
        return given

    def clear(self) -> None:
        """Nothing is chosen nor typed."""
        self._code, self._note, self._callback, self._suggested = None, "", "", None
        self._wants_callback, self.question = False, None
        self._shared_line, self._bars = "", Kind.PERSON.value
        self.field_errors.clear()
        self.changed.emit()

    def to_draft(self) -> dict[str, Any]:
        """What is chosen and typed, to be kept on the disk."""
        bars = {"bars": self._bars, "shared_line": self._shared_line} if self._shared_line else {}
        return {"disposition": self._code, "note": self._note, "callback": self._callback, **bars}

    def take_draft(self, draft: Mapping[str, Any]) -> None:
        """Go on with what was kept, or with what was sent and taken back."""
        self._code, self._note = draft.get("disposition"), str(draft.get("note") or "")
        self._callback = str(draft.get("callback") or local_time(draft.get("callback_at")))
        self._shared_line = str(draft.get("shared_line") or "")
        self._bars = Kind.LINE.value if draft.get("bars") == Kind.LINE else Kind.PERSON.value
        self.question = None
        self.field_errors.clear()
        self.changed.emit()

    def _read(self, chosen: Disposition) -> ChosenOutcome | None:
        try:
            callback = parse_local_time(self._callback) if self.is_callback_open else None
        except Invalid as error:
            self._miss("callback_at", error.message)
            return None
        if callback is None and chosen.callback == REQUIRED:
            self._miss("callback_at", N_("Write when to call again."))
        elif callback is not None and from_wire(callback) <= self._now():
            self._miss("callback_at", N_("That time has passed. Write a later one."))
        elif chosen.needs_note and not self._note.strip():
            self._miss("note", N_("This outcome needs a note."))
        else:
            return ChosenOutcome(chosen.code, self._note.strip(), callback, self._bars if self.bars_choices else None)
        return None

    def _miss(self, field: str, message: str) -> None:
        self.field_errors[field] = Invalid(f"{field}_missing", message, fields={"field": field})
        self.changed.emit()
        self.wanted.emit(field)

    def _now(self) -> datetime:
        return self._tools.clock.now()


def _is_odd(chosen: Disposition, talk_seconds: float | None) -> bool:
    """Such an outcome takes longer to reach."""
    return chosen.ask_below_seconds > 0 and (talk_seconds or 0.0) < chosen.ask_below_seconds
