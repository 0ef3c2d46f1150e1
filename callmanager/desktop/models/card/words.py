"""Values of a contact in words: names of people, teams and statuses, local dates, phones as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from callmanager.desktop.models.card.places import label_of
from callmanager.desktop.models.listing.statuses import Statuses
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Replica
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.contact_fields import BY_NAME, RECORDS, FieldKind, names_of
from callmanager.domain.errors import Invalid
from callmanager.domain.office import ComputerZone
from callmanager.domain.people import is_person
from callmanager.domain.phones import extension_of, format_national, parse_phone
from callmanager.domain.texts import N_
from callmanager.domain.wall_times import Shown, how_shown, instant_of

HOME_REGION = "CR"
_DATES = frozenset({*names_of(FieldKind.INSTANT), "archived_at"})
DATE = "%d/%m/%Y %H:%M"
_DATE_SPELLINGS = (DATE, "%d/%m/%y %H:%M", "%d-%m-%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A msgid with its values, said in the language of the moment when it is shown."""

    message: str
    params: dict[str, Any] = field(default_factory=dict)


def sentence(message: str, **params: Any) -> Sentence:
    """`message` with its %(name)s values."""
    return Sentence(message, params)


def local_time(instant: str | datetime | None) -> str:
    """`22/11/2026 10:53` in the PC's time zone; empty for None."""
    if instant is None:
        return ""
    found = from_wire(instant) if isinstance(instant, str) else instant
    return found.astimezone().strftime(DATE)


def local_clock(instant: str | datetime) -> str:
    """`10:53` in the PC's time zone."""
    return local_time(instant)[-5:]


def parse_local_time(text: str, zone: tzinfo | None = None) -> str | None:
    """Wire time of what was typed as `22/11/2026 10:53` by the clock of this PC (or of `zone`); None when it is blank.
    Of a time that comes twice the first is meant, of one that the clock leaves out the first after the gap.

    Raises Invalid.
    """
    wall = _typed(text)
    if wall is None:
        return None
    try:
        return to_wire(instant_of(wall, zone or ComputerZone()))
    except (ValueError, OverflowError):
        raise _no_time() from None


def notice_of_time(text: str, zone: tzinfo | None = None) -> Sentence | None:
    """What is to be said of a typed time that the clock shows never or twice; None of all others."""
    clock = zone or ComputerZone()
    try:
        wall = _typed(text)
        shown = Shown.ONCE if wall is None else how_shown(wall, clock)
    except (Invalid, ValueError, OverflowError):
        return None
    if wall is None or shown is Shown.ONCE:
        return None
    if shown is Shown.TWICE:
        return sentence(
            N_("%(typed)s comes twice, for the clock is put back. The first is meant."), typed=f"{wall:%H:%M}"
        )
    meant = instant_of(wall, clock).astimezone(clock)
    return sentence(
        N_("There is no %(typed)s on that day, for the clock is put on. %(meant)s is meant."),
        typed=f"{wall:%H:%M}",
        meant=f"{meant:%H:%M}",
    )


def _typed(text: str) -> datetime | None:
    plain = " ".join(text.split())
    if not plain:
        return None
    for spelling in _DATE_SPELLINGS:
        try:
            return datetime.strptime(plain, spelling)  # noqa: DTZ007  # the time on a wall
        except ValueError:
            continue
    raise _no_time()


def _no_time() -> Invalid:
    return Invalid(
        "date_invalid",
        N_("Write day, month, year and hour like this: 22/11/2026 15:30."),
        fields={"field": "next_call_at"},
    )


def is_valid_phone(text: str, region: str = HOME_REGION) -> bool:
    """Whether what is typed is a number that can be dialled."""
    try:
        return parse_phone(text, region).valid
    except Invalid:
        return False


class Names:
    """Looks names up in the replica."""

    def __init__(self, replica: Replica, speech: Speech, region: str = HOME_REGION) -> None:
        self._replica, self._speech, self.region = replica, speech, region

    def person(self, user_id: int | None) -> str:
        """A colleague's name; empty for None."""
        return self._name("user", user_id)

    def status(self, code: str) -> str:
        """The name people see for a status."""
        return self._statuses().name(code, self._speech)

    def mark(self, code: str) -> str:
        """The status in whose colour one is shown."""
        return self._statuses().mark(code)

    def field(self, name: str) -> str:
        """The field's name on screen."""
        return self._speech.say(N_("Archived") if name == "archived_at" else label_of(name))

    def phone(self, phone: Mapping[str, Any]) -> str:
        """A stored phone as people write it, with its extension: two people at one number are told apart."""
        e164, extension = phone.get("e164"), extension_of(phone.get("key") or "")
        shown = self.line(e164) if e164 else str(phone["number"])
        return f"{shown} ext. {extension}" if e164 and extension else shown

    def line(self, key: str) -> str:
        """A line by its key, as people write it."""
        return format_national(key, self.region)

    def value(self, field_name: str, value: Any) -> str:
        """One value of the field, as logged or as on the wire; `—` for nothing."""
        if value in (None, ""):
            return NOTHING
        if isinstance(value, bool):
            return self._speech.say(N_("Yes") if value else N_("No"))
        if _kind_of(field_name) in RECORDS:
            return self._name(_kind_of(field_name), int(value))
        special = _SPECIAL.get(field_name)
        return str(value) if special is None else special(self, value) or NOTHING

    def choices(self, field_name: str) -> list[tuple[Any, str]]:
        """What may be chosen for a field: values and their names, in the order of the names."""
        if field_name == "status":
            return [*self._statuses().choices(self._speech)]
        records = self._replica.list_records(_kind_of(field_name))
        usable = [record for record in records if _is_usable(record)]
        named = [(record["id"], _title(record)) for record in usable]
        return [(None, NOTHING), *sorted(named, key=lambda choice: choice[1].casefold())]

    def labelled(self, phone: dict[str, Any] | str) -> str:
        """A phone with its label, if it has one."""
        if isinstance(phone, str):
            return phone
        label = phone.get("label")
        return f"{self.phone(phone)} ({label})" if label else self.phone(phone)

    def _statuses(self) -> Statuses:
        return Statuses.of(self._replica)

    def _name(self, entity: str, record_id: int | None) -> str:
        if record_id is None:
            return ""
        found = self._replica.find_record(entity, record_id)
        return f"#{record_id}" if found is None else _title(found)


_SPECIAL: dict[str, Callable[[Names, Any], str]] = {
    "status": Names.status,
    "phones": lambda names, phones: ", ".join(names.labelled(phone) for phone in phones),
    "extra": lambda _names, extra: ", ".join(f"{name}: {text}" for name, text in extra.items()),
    **dict.fromkeys(_DATES, lambda _names, instant: local_time(instant)),
}


def _kind_of(field_name: str) -> str:
    return BY_NAME[field_name].kind if field_name in BY_NAME else ""


def _is_usable(record: dict[str, Any]) -> bool:
    is_there = record.get("archived_at") is None and record.get("active") is not False
    return is_there and is_person(str(record.get("username") or ""))


def _title(record: dict[str, Any]) -> str:
    return str(record.get("name") or record.get("username") or f"#{record['id']}")
