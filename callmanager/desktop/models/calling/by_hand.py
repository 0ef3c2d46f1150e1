"""A call that was made on another phone, written down afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import Any

from callmanager.desktop.models.calling.course import name_of
from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.calling.outcome import ChosenOutcome, OutcomeModel
from callmanager.desktop.models.calling.shared_lines import find_shared
from callmanager.desktop.models.card.words import DATE, Names, Sentence, notice_of_time, parse_local_time
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.texts import N_

USUAL = timedelta(minutes=10)
_TALK = re.compile(r"([0-9]{1,4})(?::([0-5][0-9]))?", re.ASCII)


class ByHandModel:
    """A form for one contact. `outcome` is a part of it with choices, note and callback of its own.

    `changed` at each change; `done` when the server has taken it.
    """

    def __init__(self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel) -> None:
        self._tools, self._workplace = tools, workplace
        self._names = Names(workplace.store.replica, tools.speech, workplace.user.region)
        self.outcome = OutcomeModel(tools, dispositions)
        self._contact_id: int | None = None
        self._chosen_number = 0
        self.started_text = self.talk_text = ""
        self.is_saving = False
        self._last_try: tuple[dict[str, Any], str] | None = None
        self.problem: CallManagerError | None = None
        self.field_errors: dict[str, CallManagerError] = {}
        self.changed: Signal[[]] = Signal()
        self.done: Signal[[]] = Signal()

    @property
    def contact_id(self) -> int | None:
        """Who was called."""
        return self._contact_id

    @property
    def contact_name(self) -> str:
        """His name, or his number where he has none."""
        record = self._record
        if record is None:
            return ""
        return name_of(record) or (self.numbers[0][1] if self.numbers else "")

    @property
    def numbers(self) -> list[tuple[int, str]]:
        """Index and text of the contact's numbers."""
        record = self._record
        phones = [] if record is None else record["phones"]
        return [(index, self._names.labelled(phone)) for index, phone in enumerate(phones)]

    @property
    def chosen_number(self) -> int:
        """The index of the number that was called."""
        return self._chosen_number

    def begin(self, contact_id: int) -> None:
        """Start the form anew for a contact: a call that began ten minutes ago."""
        self._contact_id, self._chosen_number = contact_id, 0
        self.started_text = (self._tools.clock.now() - USUAL).astimezone().strftime(DATE)
        self.talk_text, self.is_saving, self._last_try = "", False, None
        self.problem = None
        self.field_errors.clear()
        self.outcome.clear()
        self._look_who_shares()
        self.changed.emit()

    def choose_number(self, index: int) -> None:
        """Which number was called."""
        if 0 <= index < len(self.numbers):
            self._chosen_number = index
            self.outcome.share_line("")
            self._look_who_shares()
            self.changed.emit()

    def type_started(self, text: str) -> None:
        """When it began (dd/mm/aaaa HH:MM)."""
        self.started_text = text
        self._typed("started_at")

    def type_talk(self, text: str) -> None:
        """How long they talked (`4`, `4:30` minutes); "" when nobody answered."""
        self.talk_text = text
        self._typed("talk_seconds")

    def save(self) -> None:
        """Send it. What is missing is told under its field."""
        record = self._record
        if self.is_saving or record is None or not record["phones"]:
            return
        body = self._read(record)
        if body is None:
            self.changed.emit()
            return
        self.is_saving, self.problem = True, None
        key, contact_id = self._key(body), int(record["id"])
        self._tools.background.run(
            lambda: self._workplace.remote.ask("POST", "/calls/logged", body=body, key=key),
            lambda _answer: self._saved(contact_id),
            lambda error: self._refused(contact_id, error),
        )
        self.changed.emit()

    def _look_who_shares(self) -> None:
        """Whether an outcome that wants no calls has to say whom it bars."""
        record, chosen = self._record, self._chosen_number
        if record is None or not record["phones"]:
            return
        phone, contact_id, replica = record["phones"][chosen], int(record["id"]), self._workplace.store.replica

        def tell(line: str) -> None:
            if line and (self._contact_id, self._chosen_number) == (contact_id, chosen):
                self.outcome.share_line(self._names.line(line))

        work = partial(find_shared, replica, contact_id, str(phone["number"]))
        self._tools.background.run(work, tell, lambda _error: None)

    @property
    def _record(self) -> Record | None:
        return None if self._contact_id is None else self._workplace.store.replica.find_contact(self._contact_id)

    def _read(self, record: Record) -> dict[str, Any] | None:
        self.field_errors.clear()
        started = self._try("started_at", self._started)
        talk = self._try("talk_seconds", self._talk)
        given: ChosenOutcome | None = self.outcome.check(talk)
        if given is None or self.field_errors:
            return None
        number = record["phones"][self._chosen_number]["number"]
        lease = self._workplace.held.find(int(record["id"]))
        return {
            "contact_id": record["id"],
            "lease_token": None if lease is None else lease.token,
            "number": number,
            "started_at": started,
            "talk_seconds": talk,
            **given.to_wire(anyway=True),
        }

    def _try(self, field: str, read: Any) -> Any:
        try:
            return read()
        except Invalid as error:
            self.field_errors[field] = error
            return None

    @property
    def started_notice(self) -> Sentence | None:
        """What is to be said of the time that is typed: the clock shows it never or twice."""
        return notice_of_time(self.started_text)

    def _started(self) -> str:
        started = parse_local_time(self.started_text)
        if started is None:
            raise Invalid("started_missing", N_("Write when the call began."), fields={"field": "started_at"})
        if from_wire(started) > self._tools.clock.now():
            raise Invalid("started_later", N_("The call cannot begin later than now."), fields={"field": "started_at"})
        return to_wire(from_wire(started))

    def _talk(self) -> float | None:
        text = self.talk_text.strip()
        if not text:
            return None
        found = _TALK.fullmatch(text)
        if found is None:
            raise Invalid("talk_invalid", N_("Write minutes like 4 or 4:30."), fields={"field": "talk_seconds"})
        return float(int(found[1]) * 60 + int(found[2] or 0))

    def _key(self, body: dict[str, Any]) -> str:
        """The same for the same once more: when an answer was lost, it is not written down twice."""
        if self._last_try is None or self._last_try[0] != body:
            self._last_try = (body, new_key())
        return self._last_try[1]

    def _saved(self, contact_id: int) -> None:
        self.is_saving, self._last_try = False, None
        if contact_id == self._contact_id:
            self.outcome.clear()
            self.done.emit()
        self.changed.emit()

    def _refused(self, contact_id: int, error: CallManagerError) -> None:
        if contact_id != self._contact_id:
            return
        self.is_saving = False
        if not isinstance(error, Unavailable):
            self._last_try = None
        field = error.fields.get("field")
        if field in {"started_at", "talk_seconds"}:
            self.field_errors[field] = error
        else:
            self.problem = error
        self.changed.emit()

    def _typed(self, field: str) -> None:
        self.field_errors.pop(field, None)
        self.changed.emit()
