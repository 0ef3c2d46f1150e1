"""What of the open contact is not to be called, and why, in words: the line or the person, who says so, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from callmanager.desktop.models.card.words import Names
from callmanager.desktop.speech import Speech
from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import parse_phone
from callmanager.domain.prohibitions import Kind
from callmanager.domain.texts import N_

_OWN_SOURCES: Mapping[str, str] = {
    "call": N_("said in a call"),
    "status": N_("by the status of the contact"),
    "import": N_("by an import"),
}
"""Where entries of the program itself come from; another source is the name of a register, or what somebody wrote."""


def say_barred(entries: Sequence[Mapping[str, Any]], names: Names, speech: Speech) -> list[str]:
    """A sentence for each entry of the do-not-call list (as on the wire)."""
    return [_say(entry, names, speech) for entry in entries]


def _say(entry: Mapping[str, Any], names: Names, speech: Speech) -> str:
    why = "; ".join(part for part in _reasons(entry, names, speech) if part)
    if entry["kind"] == Kind.PERSON:
        what = speech.say(N_("The person is not to be called on any phone"))
    else:
        shown = _line(str(entry["number"]), names)
        what = speech.say(N_("The line %(number)s is not to be called"), number=shown)
    return f"{what}: {why}." if why else f"{what}."


def _line(number: str, names: Names) -> str:
    """The line itself, without the extension with which it may have been written."""
    try:
        e164 = parse_phone(number, names.region).e164
    except Invalid:
        e164 = None
    return names.line(e164 or number)


def _reason(text: str, names: Names, speech: Speech) -> str:
    """What people wrote; of the program's own words those of this language."""
    if text in STATUSES:
        return names.status(text)
    return speech.say(text) if text in STATUSES.values() else text


def _reasons(entry: Mapping[str, Any], names: Names, speech: Speech) -> list[str]:
    source, reason = str(entry["source"]), _reason(str(entry["reason"]), names, speech)
    known = _OWN_SOURCES.get(source)
    by_hand = "" if source or reason else speech.say(N_("put on the list by hand"))
    said = speech.say(known) if known else source
    reference = str(entry["reference"]) if not known else ""
    until = _day(entry["expires_on"])
    return [
        by_hand,
        reason,
        f"{said} ({reference})" if said and reference else said,
        speech.say(N_("until %(day)s"), day=until) if until else "",
    ]


def _day(text: str | None) -> str:
    """2026-11-22 as people write it."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""
    except ValueError:
        return str(text)
