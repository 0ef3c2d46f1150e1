"""A new contact: what is typed, who has that number already, and making it."""

from __future__ import annotations

import re

from callmanager.desktop.models.card.form import field_of
from callmanager.desktop.models.card.places import NEW
from callmanager.desktop.models.card.words import Names
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.phones import parse_phone
from callmanager.domain.texts import N_

_LEAST_DIGITS = 7
_SHOWN = 5


class NewContactModel:
    """`type_in` per field, `create`; `created(record)` is told once it exists."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._names = Names(workplace.store.replica, tools.speech, workplace.user.region)
        self._key: tuple[dict[str, str], str] | None = None
        self.values = dict.fromkeys(NEW, "")
        self.same_number: list[Record] = []
        self.field_errors: dict[str, CallManagerError] = {}
        self.problem: CallManagerError | None = None
        self.is_saving = False
        self.changed: Signal[[]] = Signal()
        self.created: Signal[[Record]] = Signal()

    def type_in(self, name: str, text: str) -> None:
        """The user has changed a field."""
        if self.values[name] == text:
            return
        self.values[name] = text
        self.field_errors.pop(name, None)
        if name == "phone":
            self._look_for(text)
        self.changed.emit()

    def title_of(self, record: Record) -> str:
        """How a contact that has the number already is named."""
        phone = self._names.phone(record["phones"][0]) if record["phones"] else record["phone"]
        return f"{record['name'] or '—'}  ·  {phone}"

    def create(self) -> None:
        """Make it, unless it is being made."""
        if self.is_saving:
            return
        given = {name: text.strip() for name, text in self.values.items() if text.strip()}
        if "phone" not in given:
            self._failed(
                Invalid("phone_missing", N_("A contact needs at least one phone number."), fields={"field": "phone"})
            )
            return
        if self._key is None or self._key[0] != given:
            self._key = (given, new_key())  # the same once more after a lost answer is not made twice
        key = self._key[1]
        self.is_saving, self.problem = True, None
        self._tools.background.run(
            lambda: self._workplace.remote.ask("POST", "/contacts", body=given, key=key).body, self._made, self._failed
        )
        self.changed.emit()

    def _look_for(self, text: str) -> None:
        digits = re.sub(r"\D", "", text)
        if len(digits) < _LEAST_DIGITS:
            self.same_number = []
            return
        try:
            read = parse_phone(text, self._names.region)
        except Invalid:
            self.same_number = []
            return
        wanted = ContactView(text=read.e164[-_LEAST_DIGITS:] if read.e164 else digits)
        found = self._workplace.store.replica.list_contacts(wanted, limit=50)
        self.same_number = [one for one in found if any(phone["key"] == read.key for phone in one["phones"])][:_SHOWN]

    def _made(self, record: Record) -> None:
        self.is_saving = False
        self.changed.emit()
        self.created.emit(record)

    def _failed(self, error: CallManagerError) -> None:
        self.is_saving = False
        if not isinstance(error, Unavailable):
            self._key = None
        field = field_of(error) if isinstance(error, Invalid) else None
        field = "phone" if field == "phones" else field
        if field in NEW:
            self.field_errors[field] = error
        else:
            self.problem = error
        self.changed.emit()
