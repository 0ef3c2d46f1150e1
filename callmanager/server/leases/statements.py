"""The statements on the table of leases, built once. Each decides and writes in one step; none trusts an earlier read.

In all of them `at` is the present instant: a lease is good while `expires_at` is after it, and nobody else gets the
contact while `free_at` is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.tables import contacts, leases
from callmanager.server.storage.types import Instant

c = leases.c
_AT = bindparam("at", type_=Instant)
_UNTIL = bindparam("until", type_=Instant)
_FREE = bindparam("free", type_=Instant)
_CONTACT = bindparam("contact", type_=Integer)
_USER = bindparam("user", type_=Integer)
_SESSION = bindparam("session_name", type_=Text)
_HOLDER_COLUMNS = ("user_id", "holder", "session", "purpose", "acquired_at", "expires_at", "free_at", "touched_at")


def is_held() -> ColumnElement[bool]:
    """Nobody else gets the contact now. (SQLite reads this from the index of the few that are held.)"""
    return c.free_at > _AT


@cache
def grant(dialect: str, *, forced: bool = False) -> Insert | Any:
    """Give the contact to the user's session, unless somebody else has it or he has `most` others already.

    Answers the row; none when it was refused. `forced` takes it from whoever has it.
    """
    kind: Any = sqlite if dialect == "sqlite" else postgresql
    mine = select(func.count()).where(is_held(), c.user_id == _USER, c.contact_id != _CONTACT).scalar_subquery()
    row: dict[str, ColumnElement[Any]] = {
        "contact_id": _CONTACT,
        "user_id": _USER,
        "holder": bindparam("holder", type_=Text),
        "session": _SESSION,
        "purpose": bindparam("purpose", type_=Text),
        "token": bindparam("first_token", 1, type_=Integer),
        "acquired_at": _AT,
        "expires_at": _UNTIL,
        "free_at": _FREE,
        "touched_at": _AT,
        "active_at": _AT,
    }
    columns = [value.label(name) for name, value in row.items()]
    statement = kind.insert(leases).from_select(
        list(row), select(*columns).where(mine < bindparam("most", type_=Integer))
    )
    changed = {name: statement.excluded[name] for name in (*_HOLDER_COLUMNS, "active_at")}
    changed |= {"token": c.token + 1, "asked_by": None, "answer_by": None}
    free = or_(c.free_at.is_(None), c.free_at <= _AT, and_(c.user_id == _USER, c.session == _SESSION))
    where = None if forced else free
    return statement.on_conflict_do_update(index_elements=[c.contact_id], set_=changed, where=where).returning(*c)


@cache
def renew() -> Update:
    """Prolong a lease that is still good."""
    values = {"expires_at": _UNTIL, "free_at": _FREE, "touched_at": _AT}
    return update(leases).where(_is_mine(), c.expires_at > _AT).values(values).returning(*c)


@cache
def use_for_call() -> Update:
    """A lease that is good, and whose contact is called now."""
    values = {"purpose": Purpose.CALL.value, "touched_at": _AT, "active_at": _AT}
    return update(leases).where(_is_mine(), c.expires_at > _AT).values(values).returning(*c)


@cache
def note_activity() -> Update:
    """The holder has just worked on the contact."""
    return update(leases).where(c.contact_id == _CONTACT).values(active_at=_AT)


@cache
def release() -> Update:
    """Give a contact back: it is free at once, also while it rests after the lease has run out."""
    return update(leases).where(_is_mine(), is_held()).values(_ended()).returning(*c)


@cache
def end() -> Update:
    """End whatever lease the contact has."""
    return update(leases).where(c.contact_id == _CONTACT, is_held()).values(_ended()).returning(*c)


@cache
def end_of() -> Update:
    """End the leases that a user has under the sign-ins which begin with `sign_in`, a slash after the whole name."""
    whole = c.session + "/"
    mine = and_(is_held(), c.user_id == _USER, whole.startswith(bindparam("sign_in", type_=Text)))
    return update(leases).where(mine).values(_ended()).returning(*c)


@cache
def settle_expired() -> Update:
    """Note that leases have run out and that their contacts have rested; answers them."""
    return (
        update(leases)
        .where(c.free_at <= _AT)
        .values(free_at=None, touched_at=_AT, asked_by=None, answer_by=None)
        .returning(*c)
    )


@cache
def settle_unanswered() -> Update:
    """End the leases whose holder was asked for the contact, did not answer, and was idle meanwhile.

    Whoever holds a contact for a call is not idle.
    """
    return update(leases).where(_is_unanswered()).values({**_ended(), "asked_by": c.asked_by}).returning(*c)


@cache
def is_due() -> Select[Any]:
    """A lease that one of these two would settle."""
    return select(c.contact_id).where(or_(c.free_at <= _AT, _is_unanswered())).limit(1)


@cache
def ask() -> Update:
    """Ask the holder for the contact, unless somebody's question still waits for its answer."""
    waiting = or_(c.answer_by.is_(None), c.answer_by <= _AT)
    found = update(leases).where(c.contact_id == _CONTACT, is_held(), c.user_id != _USER, waiting)
    return found.values(asked_by=_USER, answer_by=_UNTIL).returning(*c)


@cache
def keep() -> Update:
    """The holder was asked and keeps the contact for a while."""
    found = update(leases).where(c.contact_id == _CONTACT, c.user_id == _USER, is_held(), c.answer_by.is_not(None))
    return found.values(answer_by=_UNTIL, active_at=_AT).returning(*c)


@cache
def find() -> Select[Any]:
    """The lease that keeps others from a contact."""
    return select(leases).where(c.contact_id == _CONTACT, is_held())


@cache
def find_unsettled() -> Select[Any]:
    """The lease of a contact unless it was given back or settled, whether it has run out or not."""
    return select(leases).where(c.contact_id == _CONTACT, c.free_at.is_not(None))


@cache
def list_held() -> Select[Any]:
    """Every lease that keeps others from its contact."""
    return select(leases).where(is_held())


@cache
def list_unsettled() -> Select[Any]:
    """Every lease that was neither given back nor settled, whether it has run out or not."""
    return select(leases).where(c.free_at.is_not(None))


@cache
def move() -> Update:
    """Set the instants of a lease anew: the clock of the PC was set."""
    names = ("acquired_at", "expires_at", "free_at", "touched_at", "active_at", "answer_by")
    moved = {name: bindparam(f"new_{name}", type_=Instant) for name in names}
    return update(leases).where(c.contact_id == _CONTACT).values(moved)


@cache
def forget_ahead() -> Update:
    """No lease was written later than now."""
    return update(leases).where(c.touched_at > _AT).values(touched_at=_AT)


@cache
def team() -> Select[Any]:
    """Whose contact it is."""
    return select(contacts.c.team_id).where(contacts.c.id == _CONTACT)


@cache
def latest() -> Select[Any]:
    """When a lease was last written."""
    return select(func.max(c.touched_at).label("at"))


def _is_unanswered() -> ColumnElement[bool]:
    idle = c.active_at <= bindparam("idle_since", type_=Instant)
    return and_(is_held(), c.answer_by <= _AT, idle, c.purpose == Purpose.EDIT.value)


def _is_mine() -> ColumnElement[bool]:
    return and_(c.contact_id == _CONTACT, c.token == bindparam("token_given", type_=Integer), c.user_id == _USER)


def _ended() -> dict[str, Any]:
    return {"expires_at": _AT, "free_at": None, "touched_at": _AT, "asked_by": None, "answer_by": None}
