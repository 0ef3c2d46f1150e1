"""What the cells of a contact say, as people read it. Colours are named here and drawn elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from callmanager.desktop.models.listing.columns import OTHER_TEXTS
from callmanager.desktop.models.listing.names import Names
from callmanager.desktop.models.presence import Badge
from callmanager.desktop.speech import Speech
from callmanager.desktop.wire import Record
from callmanager.domain.clock import from_wire
from callmanager.domain.phones import format_national
from callmanager.domain.texts import N_

_CLEAN = str.maketrans("\n\r\t", "   ")


@dataclass(frozen=True, slots=True)
class ListedRow:
    """`mark` is the status in whose colour it is shown; tags: `caution` (somebody else works on it), `bad` (not to be
    called)."""

    id: int
    cells: dict[str, str]
    mark: str
    tags: tuple[str, ...]


class Cells:
    """Makes rows of contacts."""

    def __init__(self, speech: Speech, names: Names, region: str) -> None:
        self._speech, self._names, self._region = speech, names, region

    def row_of(self, contact: Record, badge: Badge | None, now: datetime) -> ListedRow:
        """A contact as a row; `badge` is what somebody else does with it."""
        say, names = self._speech.say, self._names
        cells = {
            "badge": badge.text if badge else "",
            "name": contact["name"] or contact["company"] or say(N_("(no name)")),
            "phone": self._phone(contact),
            "status": names.statuses.name(contact["status"], self._speech),
            "campaign": names.find("campaign", contact["campaign_id"]),
            "assigned": names.find("user", contact["assigned_to"]),
            "last_call": show_when(contact["last_called_at"], now, say),
            "next_call": show_when(contact["next_call_at"], now, say),
            "note": contact["note"].translate(_CLEAN),
            **{name: (contact[name] or "").translate(_CLEAN) for name in OTHER_TEXTS},
            "team": names.find("team", contact["team_id"]),
            "attempts": str(contact["attempts"] or ""),
            "updated": show_when(contact["updated_at"], now, say),
        }
        return ListedRow(contact["id"], cells, names.statuses.mark(contact["status"]), _tags(contact, badge))

    def _phone(self, contact: Record) -> str:
        shown = show_phone(contact["phone_e164"], contact["phone"], self._region)
        if contact["do_not_call"]:
            return self._speech.say(N_("⊘ %(phone)s do not call"), phone=shown)
        return shown if contact["phone_valid"] else f"⚠ {shown}"


@lru_cache(maxsize=4096)
def show_phone(e164: str | None, written: str, region: str) -> str:
    """`8888-8888` at home (`region`), `+34 912 34 56 78` abroad, and as it was written when it is no valid number."""
    if e164 is None:
        return written
    if e164.startswith("+506") and len(e164) == 12 and region == "CR":
        return f"{e164[4:8]}-{e164[8:]}"  # as format_national, without the library, which takes long to load
    return format_national(e164, region)


def show_number(number: int, speech: Speech) -> str:
    """A number with its thousands set apart as the language does."""
    text = f"{number:,}"
    return text.replace(",", ".") if speech.language == "es" else text


def _tags(contact: Record, badge: Badge | None) -> tuple[str, ...]:
    if contact["do_not_call"]:
        return ("bad",)
    return ("caution",) if badge is not None and badge.is_busy else ()


_NAMED = {-1: N_("yesterday %(time)s"), 0: N_("today %(time)s"), 1: N_("tomorrow %(time)s")}


def show_when(wire: str | None, now: datetime, say: Callable[..., str]) -> str:
    """`hoy 16:05` or `22/11/2026 16:05`, in the time of this PC; "" for none."""
    if not wire:
        return ""
    try:
        local = from_wire(wire).astimezone()
    except ValueError:
        return ""
    days = (local.date() - now.astimezone().date()).days
    named = _NAMED.get(days)
    return say(named, time=f"{local:%H:%M}") if named else f"{local:%d/%m/%Y %H:%M}"
