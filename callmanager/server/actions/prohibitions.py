"""What forbids a call to all but a manager who says why: the do-not-call list, calling hours, limits of a day, and that
the contact is done.

One reason covers them all. A campaign's hours count for its contacts even when it is archived or stopped; where it has
none, and for contacts without a campaign, the office's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callmanager.domain.calling_hours import LOOK_AHEAD, is_open, opening_everywhere, parse_hours
from callmanager.domain.clock import to_wire
from callmanager.domain.contacts import check_text
from callmanager.domain.errors import Forbidden
from callmanager.domain.office import Office
from callmanager.domain.permissions import Permission, reach
from callmanager.domain.prohibitions import is_listed, is_marked, lines_of
from callmanager.domain.texts import N_
from callmanager.server.actions.attempts import find_reached
from callmanager.server.actions.closing import find_done
from callmanager.server.actions.last_words import Words, find_promise
from callmanager.server.actions.zones import zones_of
from callmanager.server.changes.entities import CAMPAIGN
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.prohibitions import barred_lines, barred_people


@dataclass(frozen=True, slots=True)
class Closed:
    """It is outside calling hours: the wall time of the contact, and the instant from which it is not."""

    local_time: datetime
    opens_at: datetime | None

    @property
    def fields(self) -> dict[str, Any]:
        opens_at = None if self.opens_at is None else to_wire(self.opens_at)
        return {"local_time": self.local_time.isoformat(timespec="minutes"), "opens_at": opens_at}


def check_allowed(
    tx: Transaction, contact: Record, key: str, office: Office, *, words: Words, override_reason: str
) -> str:
    """Let the actor dial the number with this phone key, or say why not.

    Answers the reason that the call's record must keep: `override_reason` where it opened the way, else "". Raises
    Forbidden: do_not_call (the hours are named too where both forbid it), outside_hours, call_limit.
    """
    lines = barred_lines(tx.connection, lines_of(contact["phones"]), tx.now)
    is_person = contact.id in barred_people(tx.connection, [contact.id], tx.now)
    phone = next(phone for phone in contact["phones"] if phone["key"] == key)
    is_barred = is_listed(phone, lines) or is_marked(contact["phones"], lines, is_person=is_person)
    closed = _find_closed(tx, contact, phone["e164"], office)
    reached = find_reached(tx, contact, phone, office, find_promise(contact, words))
    done = find_done(tx, contact, phone, office, words)
    if not is_barred and closed is None and reached is None and done is None:
        return ""
    may_override = reach(tx.actor, Permission.CALL_OVERRIDE) is not None
    reason = check_text("note", override_reason)
    if may_override and reason:
        return reason
    fields = {"id": contact.id, "may_override": may_override}
    if is_barred:
        raise _listed(fields, closed)
    if closed is not None:
        raise _outside_hours(fields, closed)
    reason_not = done or reached
    assert reason_not is not None
    raise reason_not.refusal(fields)


def _find_closed(tx: Transaction, contact: Record, e164: str | None, office: Office) -> Closed | None:
    campaign = None if contact["campaign_id"] is None else tx.find(CAMPAIGN, contact["campaign_id"])
    hours = (None if campaign is None else parse_hours(campaign["calling_hours"])) or office.hours
    if hours is None:
        return None
    zones = zones_of(e164, tx.now, office.zone, own=contact["zone"])
    walls = [tx.now.astimezone(zone) for zone in zones]
    closed = next((wall for wall in walls if not is_open(hours, wall)), None)
    return None if closed is None else Closed(closed, opening_everywhere(hours, tx.now, zones))


def _listed(fields: dict[str, Any], closed: Closed | None) -> Forbidden:
    if closed is None:
        return Forbidden(
            "do_not_call",
            N_("This contact is not to be called: it is on the do-not-call list. A manager may, and says why."),
            fields=fields,
        )
    return Forbidden(
        "do_not_call",
        N_(
            "This contact is not to be called: it is on the do-not-call list, and at its place it is %(local)s, "
            "outside calling hours. A manager may, and says why."
        ),
        fields={**fields, **closed.fields},
        local=f"{closed.local_time:%H:%M}",
    )


def _outside_hours(fields: dict[str, Any], closed: Closed) -> Forbidden:
    fields, local = {**fields, **closed.fields}, closed.local_time
    if closed.opens_at is None:
        return Forbidden(
            "outside_hours",
            N_(
                "At the contact's place it is %(local)s, and calling hours do not begin within %(days)s days. A "
                "manager may call, and says why."
            ),
            fields=fields,
            local=f"{local:%H:%M}",
            days=LOOK_AHEAD.days,
        )
    opens = closed.opens_at.astimezone(local.tzinfo)
    return Forbidden(
        "outside_hours",
        N_(
            "At the contact's place it is %(local)s. Calls are allowed again from %(opens)s (time there). A "
            "manager may call now, and says why."
        ),
        fields=fields,
        local=f"{local:%H:%M}",
        opens=f"{opens:%H:%M}" if opens.date() == local.date() else f"{opens:%d/%m/%Y %H:%M}",
    )
