"""Makes and revokes API keys, and writes down when they were last used. The secret leaves once, in the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, select, update

from callmanager.domain.contacts import clean_text, too_long
from callmanager.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callmanager.domain.people import SYSTEM, Actor, Role
from callmanager.domain.permissions import ROLES, Permission, reach, require
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.people import service_account
from callmanager.server.changes.entities import API_KEY, USER
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.security.keys import new_key
from callmanager.server.storage.tables import api_keys

LABEL_LENGTH = 80
MOST_KEYS = 50
FIRST_LABEL = "first"


class IssuedKey(NamedTuple):
    """`text` is the key itself; nobody can show it again."""

    record: Record
    text: str


def require_keys_of(actor: Actor, user_id: int) -> None:
    """Raises Forbidden unless `actor` may handle the keys of that user: one's own, or anybody's as administrator."""
    if reach(actor, Permission.API_KEY_MANAGE) is None:
        require(actor, Permission.API_KEY_OWN if user_id == actor.id else Permission.API_KEY_MANAGE)


def require_maker(actor: Actor) -> None:
    """Raises Forbidden for a key: who holds one cannot make himself others, which would outlive it."""
    if actor.key_id is not None:
        raise Forbidden("key_makes_no_keys", N_("A key cannot make keys. Sign in with your password and make it then."))


@action(Permission.USER_MANAGE)
def issue_first(tx: Transaction, user: Record) -> IssuedKey:
    """The key that a user is made with, good for all that he may."""
    return _insert(tx, user.id, FIRST_LABEL, None, None)


@action(Permission.API_KEY_OWN)
def issue(
    tx: Transaction,
    user_id: int,
    *,
    label: str,
    permissions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Make a key for an active user: for all that he may, or only for `permissions`.

    The caller has made sure that somebody sits there who knows a password. Raises NotFound, Invalid, Forbidden,
    Conflict.
    """
    require_keys_of(tx.actor, user_id)
    require_maker(tx.actor)
    user = tx.get(USER, user_id)
    _check_holder(tx, user)
    limits = _check_permissions(Role(user["role"]), permissions)
    return _insert(tx, user_id, _check_label(label), limits, _check_expiry(tx, expires_at))


@action(Permission.API_KEY_OWN)
def revoke(tx: Transaction, key_id: int) -> Record:
    """Revoke a key, at once and for good. Raises NotFound, also for a key that is not the actor's business."""
    record = tx.find(API_KEY, key_id)
    foreign = record is not None and record["user_id"] != tx.actor.id
    if record is None or (foreign and reach(tx.actor, Permission.API_KEY_MANAGE) is None):
        raise NotFound("api_key_not_found", N_("There is no such key, or it is not yours."), fields={"id": key_id})
    return tx.delete(record)


def flush_key_use(log: ChangeLog, used: Mapping[int, datetime]) -> int:
    """Store when keys were used, as `Identities.take_key_use` noted it. Says how many keys it was.

    For the job that runs once a minute and for a clean stop: requests only note the use in memory, so that reading
    never writes. It is no change of a record: nothing is logged and no version grows.
    """
    if not used:
        return 0
    column = api_keys.c.last_used_at
    at, now = (bindparam(name, type_=column.type) for name in ("b_at", "b_now"))
    older = or_(column.is_(None), column < at, column > now)  # what lies ahead is of a clock that was
    statement = update(api_keys).where(api_keys.c.id == bindparam("b_id"), older).values(last_used_at=at)
    with log.write(SYSTEM, "job") as tx:
        rows = [{"b_id": key_id, "b_at": used_at, "b_now": tx.now} for key_id, used_at in used.items()]
        tx.connection.execute(statement, rows)
    return len(used)


def _insert(
    tx: Transaction, user_id: int, label: str, permissions: list[str] | None, expires_at: datetime | None
) -> IssuedKey:
    key = new_key()
    values = {"user_id": user_id, "label": label, "permissions": permissions, "expires_at": expires_at}
    record = tx.insert(API_KEY, {**values, "public_id": key.public_id, "digest": key.digest})
    return IssuedKey(record, key.text)


def _check_holder(tx: Transaction, user: Record) -> None:
    if user["service"]:
        raise service_account(user)
    if not user["active"]:
        raise Conflict(
            "user_inactive", N_("This user is not active, so a key would open nothing. Activate the user first.")
        )
    held = select(func.count()).where(api_keys.c.user_id == user.id, api_keys.c.archived_at.is_(None))
    if tx.connection.execute(held).scalar_one() >= MOST_KEYS:
        raise Conflict(
            "api_keys_too_many",
            N_("This user has %(limit)s keys. Revoke those that nobody uses first."),
            fields={"limit": MOST_KEYS},
            limit=MOST_KEYS,
        )


def _check_label(text: str) -> str:
    label = clean_text(text)
    if len(label) > LABEL_LENGTH:
        raise too_long("label", LABEL_LENGTH)
    return label


def _check_permissions(role: Role, wanted: Sequence[str] | None) -> list[str] | None:
    if wanted is None:
        return None
    beyond = sorted(set(wanted) - {permission.value for permission in ROLES[role]})
    if beyond:
        raise Invalid(
            "permission_not_held",
            N_("A key cannot be given the permission %(permission)s: its user does not have it."),
            fields={"field": "permissions", "unknown": beyond},
            permission=beyond[0],
        )
    return sorted(set(wanted))


def _check_expiry(tx: Transaction, expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and expires_at <= tx.now:
        raise Invalid(
            "expiry_past", N_("The expiry has passed already. Choose a later one."), fields={"field": "expires_at"}
        )
    return expires_at
