"""What the calls of a contact have said of it, and whether the last word is a promise to call back. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callmanager.domain.calls import in_order
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import calls
from callmanager.server.storage.dispositions import dispositions
from callmanager.server.storage.families import OF_FAMILY
from callmanager.server.storage.prepared import list_prepared
from callmanager.server.storage.tables import users

MOST_READ = 200
"""Words of one contact that are looked at, the latest ones."""

Words = Sequence[Mapping[str, Any]]
"""What came of a contact's calls, the last one first."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A time at which somebody of the contact wants to be called, and who promised it."""

    at: datetime
    user_id: int
    username: str
    is_here: bool
    """Whether whoever promised it still works here."""


def read_words(tx: Transaction, contact_id: int) -> Words:
    """What came of the calls of a contact and of those merged into it."""
    return in_order(list_prepared(tx.connection, WORDS_OF_CONTACT, {"b_contact_id": contact_id}), tx.now)


def find_promise(contact: Record, words: Words) -> Promise | None:
    """The promise that is open: the last word was that of a person who wants to be called at a time, and that time is
    still the contact's. One that somebody has moved by hand is none any more."""
    last = words[0] if words else None
    if last is None or not last["contact"] or last["callback_at"] is None:
        return None
    if contact["next_call_at"] != last["callback_at"]:
        return None
    return Promise(last["callback_at"], last["user_id"], last["username"], bool(last["active"]))


WORDS_OF_CONTACT = (
    select(calls.c.id, calls.c.seq, calls.c.requested_at, calls.c.callback_at, calls.c.user_id)
    .add_columns(users.c.username, users.c.active)
    .add_columns(dispositions.c.code, dispositions.c.contact, dispositions.c.positive, dispositions.c.final)
    .join(dispositions, dispositions.c.code == calls.c.disposition)
    .join(users, users.c.id == calls.c.user_id)
    .where(OF_FAMILY)
    .order_by(calls.c.requested_at.desc(), calls.c.id.desc())
    .limit(MOST_READ)
)
