"""Whether a contact is done: for good, after a sale, or for some days, after a no. Read from its calls and its status.

Whom nobody may call because he wants no calls, the do-not-call list says (prohibitions.py), not this. What is final for
one campaign binds once contacts are members of campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import exists, select

from callmanager.domain.clock import to_wire
from callmanager.domain.dispositions import Finality
from callmanager.domain.errors import Forbidden
from callmanager.domain.office import Office
from callmanager.domain.people import SYSTEM, Actor, Role
from callmanager.domain.permissions import Permission, reach
from callmanager.domain.texts import N_
from callmanager.server.actions.last_words import Words
from callmanager.server.actions.zones import zone_of
from callmanager.server.changes.entities import CALL, CONTACT, USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.dispositions import list_final
from callmanager.server.storage.tables import changes


@dataclass(frozen=True, slots=True)
class Done:
    """A contact that is not called any more: the outcome that says so and, after a no, until when on whose clock."""

    code: str
    until: datetime | None = None
    zone: tzinfo | None = None

    def refusal(self, fields: dict[str, Any]) -> Forbidden:
        """The error; `fields` are added to it. Its code is that of the limits, for which windows of before ask."""
        if self.until is None:
            return Forbidden(
                "call_limit",
                N_("This contact is done for good: %(status)s. A manager may call it, and says why."),
                fields={**fields, "limit": "closed", "status": self.code, "until": None},
                status=self.code,
            )
        return Forbidden(
            "call_limit",
            N_(
                "This person said no (%(status)s), and the office lets it rest until %(until)s (time there). A manager "
                "may call now, and says why."
            ),
            fields={**fields, "limit": "rest", "status": self.code, "until": to_wire(self.until)},
            status=self.code,
            until=f"{self.until.astimezone(self.zone):%d/%m/%Y %H:%M}",
        )


def find_done(tx: Transaction, contact: Record, phone: Mapping[str, Any], office: Office, words: Words) -> Done | None:
    """Why nobody calls this contact any more; None when somebody may."""
    final = _find_final(tx, contact, words)
    if final is not None:
        return Done(final)
    last = next((word for word in words if word["contact"]), None)
    if last is None or not _is_no(last) or last["requested_at"] > tx.now:
        return None
    until = last["requested_at"] + timedelta(days=office.limits.rest_days)
    zone = zone_of(phone["e164"], tx.now, office.zone, own=contact["zone"])
    return Done(last["code"], until, zone) if tx.now < until else None


def _is_no(word: Mapping[str, Any]) -> bool:
    return word["final"] == Finality.CAMPAIGN and not word["positive"]


def _find_final(tx: Transaction, contact: Record, words: Words) -> str | None:
    """The outcome after which nobody calls. Who was only not reached after it has not opened it again, nor has a status
    that an agent wrote over it: a talk with another outcome has, and a manager who wrote another status."""
    final = list_final(tx.connection)
    if contact["status"] in final:
        return str(contact["status"])
    last = next((word for word in words if word["contact"] or word["code"] in final), None)
    if last is None or last["code"] not in final or _is_opened(tx, contact.id, since=last["seq"]):
        return None
    return str(last["code"])


def _is_opened(tx: Transaction, contact_id: int, *, since: int) -> bool:
    """Whether somebody who may call whom others may not has written a status of the contact since then, by hand."""
    by_call = changes.alias()
    written = select(changes.c.actor_id).where(
        changes.c.entity == CONTACT.name,
        changes.c.record_id == contact_id,
        changes.c.seq > since,
        changes.c.fields.contains('"status":['),
        ~exists().where(by_call.c.set_id == changes.c.set_id, by_call.c.entity == CALL.name),
    )
    found = tx.connection.execute(written.distinct()).scalars()
    return any(_may_open(tx, actor_id) for actor_id in found)


def _may_open(tx: Transaction, actor_id: int) -> bool:
    user = tx.find(USER, actor_id)
    if user is None:
        return actor_id == SYSTEM.id
    writer = Actor(user.id, user["username"], Role(user["role"]), user["team_id"])
    return reach(writer, Permission.CALL_OVERRIDE) is not None
