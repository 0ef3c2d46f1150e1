"""The numbers of a contact as they can be called from this phone: their digits, or why not in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.words import Names
from callmanager.desktop.speech import Speech
from callmanager.desktop.wire import Record
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.softphones.formats import Dialable, DialFormat, to_dial

ASKS = "number_not_valid"
"""The refusal after which a number may still be called exactly as it is written."""


@dataclass(frozen=True, slots=True)
class NumberChoice:
    """A number of the open contact. `problem` says in words why it cannot be dialled; "" when it can."""

    index: int
    text: str
    label: str
    is_chosen: bool
    problem: str


def list_numbers(
    record: Record | None, form: DialFormat, chosen: int, names: Names, speech: Speech
) -> list[NumberChoice]:
    """What can be called of a contact; no contact has no numbers."""
    phones = [] if record is None else record["phones"]
    return [
        NumberChoice(
            index,
            names.phone(phone),
            str(phone.get("label") or ""),
            index == chosen,
            problem_of(phone, form, speech),
        )
        for index, phone in enumerate(phones)
    ]


def problem_of(phone: Mapping[str, Any], form: DialFormat, speech: Speech) -> str:
    """Why this phone cannot dial the number; also when it may be dialled after a question."""
    try:
        read_digits(phone, form)
    except Invalid as error:
        return speech.explain(error)
    return ""


def find_refusal(record: Record, chosen: int, form: DialFormat, *, may_override: bool) -> Invalid | None:
    """Why calling a contact would be refused whatever the agent answered, as far as it is known here; None when it may
    be tried. What only the server knows (hours, limits, listed numbers) it says itself."""
    if record["archived_at"] is not None:
        return Invalid("contact_archived", N_("Archived contacts are not called. Restore it first."))
    if not record["phones"]:
        return Invalid("phone_missing", N_("This contact has no phone number."))
    if record["do_not_call"] and not may_override:
        return Invalid("do_not_call", N_("On the do-not-call list. The card says why."))
    try:
        read_digits(chosen_phone(record, chosen), form, as_written=True)
    except Invalid as error:
        return error
    return None


def chosen_phone(record: Record, chosen: int) -> dict[str, Any]:
    """The phone that is called: the chosen one, or the last when there are fewer by now."""
    phones: list[dict[str, Any]] = record["phones"]
    return phones[min(chosen, len(phones) - 1)]


def read_digits(phone: Mapping[str, Any], form: DialFormat, *, as_written: bool = False) -> Dialable:
    """The digits for a stored phone. Raises Invalid as `formats.to_dial` does."""
    return to_dial(str(phone["number"]), phone.get("e164"), form, as_written=as_written)
