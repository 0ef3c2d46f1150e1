"""Grants, renews and ends leases inside the caller's transaction, and tells of it once that is committed.

At any instant of the server's clock at most one lease of a contact is good, and of a contact the tokens only grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from callmanager.domain.changes import DELETED, team_scope
from callmanager.domain.clock import Clock, from_wire, to_wire
from callmanager.server.changes.entities import API_KEY, SESSION, USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.clocks import SteadyClock, steady_seconds
from callmanager.server.leases import events, statements
from callmanager.server.leases.events import LeaseEvent, LeaseListener
from callmanager.server.leases.terms import (
    Lease,
    LeaseTerms,
    Purpose,
    locked,
    lost,
    not_held,
    too_many,
)
from callmanager.server.logs import get_log
from callmanager.server.storage.prepared import find_prepared, list_prepared

_log = get_log("leases")


@dataclass(frozen=True, slots=True)
class Renewal:
    """A lease that its holder wants to keep; `active`: he has worked on the contact since he renewed it last."""

    contact_id: int
    token: int
    active: bool = False


class Leases:
    """The leases of one server. Everything but `listen` works in a transaction of the caller's."""

    def __init__(
        self, clock: Clock, terms: LeaseTerms | None = None, *, monotonic: Callable[[], float] = steady_seconds
    ) -> None:
        self.terms = terms or LeaseTerms()
        self._clock = SteadyClock(clock, monotonic)
        self._listeners: list[LeaseListener] = []

    def listen(self, listener: LeaseListener) -> None:
        """Tell `listener` of what happens to leases, after each commit, in the thread that made it."""
        self._listeners.append(listener)

    def now(self, connection: Connection) -> datetime:
        """The instant by which leases are judged: never before one at which a lease was written, and it passes on
        from there."""
        (found,) = list_prepared(connection, statements.latest(), {})
        return from_wire(to_wire(self._clock.now(not_before=found["at"])))

    def follow_clock(self, tx: Transaction, leap: timedelta) -> None:
        """The clock of this PC was set by `leap`, or (0) this is a start: what is left of each lease stays, and of
        none more than a fresh one has. So those of a clock that was ahead end in their time."""
        self._clock.restart()
        now = from_wire(to_wire(self._clock.now()))
        for row in list_prepared(tx.connection, statements.list_unsettled(), {}):
            moved = {f"new_{name}": _moved(row[name], leap, now + most) for name, most in self._longest().items()}
            tx.connection.execute(statements.move(), {"contact": row["contact_id"], **moved})
        tx.connection.execute(statements.forget_ahead(), {"at": now})

    def _longest(self) -> dict[str, timedelta]:
        """How far from the present each instant of a lease can lie."""
        free = self.terms.lease + self.terms.rest
        ends = {"expires_at": self.terms.lease, "free_at": free, "answer_by": max(self.terms.longer, self.terms.answer)}
        return {**dict.fromkeys(("acquired_at", "touched_at", "active_at"), timedelta()), **ends}

    def grant(self, tx: Transaction, contact_id: int, purpose: Purpose, *, session: str) -> Lease:
        """Give the contact to the actor. Asking again under the same session gives a new token and ends the old one.

        Raises Locked when somebody else has it, Conflict when the actor holds too many.
        """
        now = self.now(tx.connection)
        given = self._give(tx, contact_id, purpose, session, now)
        if given is None:
            # at the instant of the refusal: a moment later the contact may be free
            other = _one(tx.connection, statements.find(), {"contact": contact_id, "at": now})
            is_mine = other is not None and (other.user_id, other.session) == (tx.actor.id, session)
            raise too_many(self.terms.most) if other is None or is_mine else locked(other)
        self._tell(tx, given, events.began)
        return given

    def take_over(self, tx: Transaction, contact_id: int, purpose: Purpose, *, session: str, why: str) -> Lease:
        """Take the contact from whoever holds it, for the actor. Raises Conflict when nobody does."""
        before = self.get_held(tx.connection, contact_id)
        given = self._give(tx, contact_id, purpose, session, self.now(tx.connection), forced=True)
        if given is None:
            raise too_many(self.terms.most)
        lost_by_holder = partial(events.was_lost, reason="taken_over", by=tx.actor.name, why=why)
        self._tell(tx, before, lost_by_holder)
        self._tell(tx, given, events.began)
        return given

    def renew(self, tx: Transaction, wanted: Iterable[Renewal]) -> tuple[list[Lease], list[int]]:
        """Prolong leases of the actor: those that live on, and the contacts of those that are over."""
        now = self.now(tx.connection)
        renewed, over = [], []
        for item in wanted:
            values = {**self._mine(tx, item.contact_id, item.token), **self._span(now)}
            found = _one(tx.connection, statements.renew(), values)
            if found is None:
                over.append(item.contact_id)
                continue
            renewed.append(found)
            if item.active:
                tx.connection.execute(statements.note_activity(), {"contact": item.contact_id, "at": now})
        return renewed, over

    def use_for_call(self, tx: Transaction, contact_id: int, token: int) -> None:
        """The actor calls the contact under this lease of his. Raises Conflict when it is over."""
        before = self.find(tx.connection, contact_id)
        values = {**self._mine(tx, contact_id, token), "at": self.now(tx.connection)}
        used = _one(tx.connection, statements.use_for_call(), values)
        if used is None:
            raise lost(contact_id, before)
        if before is None or before.purpose != used.purpose:
            self._tell(tx, used, events.began)

    def release(self, tx: Transaction, contact_id: int, token: int) -> Lease:
        """Give a contact back; it is free at once. Raises Conflict when that lease is over."""
        values = {**self._mine(tx, contact_id, token), "at": self.now(tx.connection)}
        ended = _one(tx.connection, statements.release(), values)
        if ended is None:
            raise lost(contact_id, self.find(tx.connection, contact_id))
        self._tell(tx, ended, partial(events.ended, reason="released"))
        return ended

    def end(self, tx: Transaction, contact_id: int, reason: str) -> None:
        """End whatever lease the contact has, for a reason that its holder has given himself."""
        ended = _one(tx.connection, statements.end(), {"contact": contact_id, "at": self.now(tx.connection)})
        if ended is not None:
            self._tell(tx, ended, partial(events.ended, reason=reason))

    def end_of(self, tx: Transaction, lapse: Lapse) -> None:
        """End what somebody holds whose right to work ends; the others are told at once, and so is he."""
        values = {"user": lapse.user_id, "sign_in": lapse.sign_in, "at": self.now(tx.connection)}
        for lease in _all(tx.connection, statements.end_of(), values):
            tx.after_commit(partial(_note, lease, lapse.reason))
            self._tell(tx, lease, partial(events.was_lost, reason=lapse.reason))
            self._tell(tx, lease, partial(events.ended, reason=lapse.reason))

    def ask(self, tx: Transaction, contact_id: int) -> Lease:
        """Ask the holder for the contact; a question that waits already stands for this one too.

        Raises Conflict when nobody else holds it.
        """
        now = self.now(tx.connection)
        values = {"contact": contact_id, "user": tx.actor.id, "at": now, "until": now + self.terms.answer}
        asked = _one(tx.connection, statements.ask(), values)
        if asked is None:
            held = self.get_held(tx.connection, contact_id)
            if held.user_id == tx.actor.id:
                raise not_held(contact_id)
            return held
        self._tell(tx, asked, partial(events.was_asked_for, by=tx.actor.name, answer_by=to_wire(values["until"])))
        return asked

    def keep(self, tx: Transaction, contact_id: int) -> Lease:
        """The holder, asked for the contact, needs it a little longer. Raises Conflict when he was not asked."""
        now = self.now(tx.connection)
        values = {"contact": contact_id, "user": tx.actor.id, "at": now, "until": now + self.terms.longer}
        kept = _one(tx.connection, statements.keep(), values)
        if kept is None:
            raise lost(contact_id, self.find(tx.connection, contact_id))
        self._tell(tx, kept, partial(events.was_kept, until=to_wire(values["until"])))
        return kept

    def sweep(self, tx: Transaction) -> int:
        """Settle what has run out or was asked for in vain. Says how many leases ended."""
        silent = self._settle(tx, statements.settle_unanswered(), "unanswered")
        return silent + self._settle(tx, statements.settle_expired(), "expired")

    def _settle(self, tx: Transaction, statement: Any, reason: str) -> int:
        found = _all(tx.connection, statement, self._due(tx.connection))
        for lease in found:
            self._tell(tx, lease, partial(events.was_lost, reason=reason))
            self._tell(tx, lease, partial(events.ended, reason=reason))
        return len(found)

    def _due(self, connection: Connection) -> dict[str, datetime]:
        now = self.now(connection)
        return {"at": now, "idle_since": now - self.terms.answer}

    def is_due(self, connection: Connection) -> bool:
        """Whether a sweep would find something."""
        return find_prepared(connection, statements.is_due(), self._due(connection)) is not None

    def find(self, connection: Connection, contact_id: int) -> Lease | None:
        """The lease that keeps others from the contact."""
        return _one(connection, statements.find(), {"contact": contact_id, "at": self.now(connection)})

    def find_for_write(self, connection: Connection, contact_id: int) -> Lease | None:
        """The same, for the guard of every write: a contact that nobody holds costs one look."""
        unsettled = _one(connection, statements.find_unsettled(), {"contact": contact_id})
        return None if unsettled is None else self.find(connection, contact_id)

    def get_held(self, connection: Connection, contact_id: int) -> Lease:
        """The same. Raises Conflict when there is none."""
        found = self.find(connection, contact_id)
        if found is None:
            raise not_held(contact_id)
        return found

    def list_held(self, connection: Connection) -> list[Lease]:
        """Every lease that keeps others from its contact."""
        return _all(connection, statements.list_held(), {"at": self.now(connection)})

    def _give(
        self,
        tx: Transaction,
        contact_id: int,
        purpose: Purpose,
        session: str,
        now: datetime,
        *,
        forced: bool = False,
    ) -> Lease | None:
        values = {
            "contact": contact_id,
            "user": tx.actor.id,
            "holder": tx.actor.name,
            "session_name": session,
            "purpose": purpose.value,
            "most": self.terms.most,
            **self._span(now),
        }
        return _one(tx.connection, statements.grant(tx.connection.dialect.name, forced=forced), values)

    def _span(self, now: datetime) -> dict[str, datetime]:
        until = now + self.terms.lease
        return {"at": now, "until": until, "free": until + self.terms.rest}

    @staticmethod
    def _mine(tx: Transaction, contact_id: int, token: int) -> dict[str, Any]:
        return {"contact": contact_id, "token_given": token, "user": tx.actor.id}

    def _tell(self, tx: Transaction, lease: Lease, build: Callable[[Lease, str], LeaseEvent]) -> None:
        if self._listeners:
            team_id = tx.connection.execute(statements.team(), {"contact": lease.contact_id}).scalar()
            event = build(lease, team_scope(team_id))
            for listener in self._listeners:
                tx.after_commit(partial(listener, event))


def _one(connection: Connection, statement: Any, values: Mapping[str, Any]) -> Lease | None:
    found = _all(connection, statement, values)
    return found[0] if found else None


def _all(connection: Connection, statement: Any, values: Mapping[str, Any]) -> list[Lease]:
    return [Lease.of(row) for row in list_prepared(connection, statement, values)]


def _moved(instant: datetime | None, leap: timedelta, latest: datetime) -> datetime | None:
    return None if instant is None else min(instant + leap, latest)


def _note(lease: Lease, reason: str) -> None:
    _log.info("released", contact=lease.contact_id, user=lease.holder, reason=reason)


EVERY = ""
EVERY_SESSION = "session:"

# What decides which contacts somebody works on: programs with a key live on, but begin afresh.
_RIGHTS = ("role", "team_id")


class Lapse(NamedTuple):
    """The leases of `user_id` whose session (terms.session_of) begins with `sign_in` end, for `reason`."""

    user_id: int
    sign_in: str
    reason: str


def find_lapse(record: Record, fields: Mapping[str, Any], kind: str) -> Lapse | None:
    """What an edit of an account, a session or a key means for leases; None for one that means nothing."""
    if record.entity is USER:
        return _of_user(record, fields, kind)
    if kind != DELETED:
        return None
    if record.entity is SESSION:
        return Lapse(record["user_id"], f"session:{record.id}/", "signed_out")
    if record.entity is API_KEY:
        return Lapse(record["user_id"], f"key:{record.id}/", "key_revoked")
    return None


def _of_user(user: Record, fields: Mapping[str, Any], kind: str) -> Lapse | None:
    changed = {name for name, value in fields.items() if user[name] != value}
    if kind == DELETED or ("active" in changed and not fields["active"]):
        return Lapse(user.id, EVERY, "deactivated")
    if changed.intersection(_RIGHTS):
        return Lapse(user.id, EVERY, "rights_changed")
    if "token_version" in changed:
        return Lapse(user.id, EVERY_SESSION, "signed_out")
    return None
