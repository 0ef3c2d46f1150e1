"""Makes and edits users. Passwords are checked and hashed by the caller's first step, never inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from callmanager.domain.contacts import check_email
from callmanager.domain.errors import Conflict
from callmanager.domain.people import LOCAL_USER, RESERVED_USERNAMES, Role, check_role, check_username
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.groups import require_living_team
from callmanager.server.actions.sessions import end_all_sessions, end_keys
from callmanager.server.changes.entities import USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.security.passwords import Passwords
from callmanager.server.storage.tables import users

# What a session or a key was given for; when one of them changes, every token of the user is void.
_TRUST = ("role", "team_id", "active", "password_hash")
# What decides which records a user sees; a program that synchronised before must start afresh.
_SIGHT = ("role", "team_id")


def hash_new_password(passwords: Passwords, text: str, *, username: str) -> str:
    """The hash to store for a password that somebody chose for `username`. Raises Invalid when it is too easy."""
    passwords.check_new_password(text, username=username)
    return passwords.hash_password(text)


@action(Permission.USER_MANAGE)
def create(tx: Transaction, fields: Mapping[str, Any], *, password_hash: str) -> Record:
    """Make a user from username, role and, if given, team_id, email, must_change_password. Raises Invalid, Conflict."""
    values = _check_fields(tx, fields)
    values |= {"password_hash": password_hash, "password_changed_at": tx.now, "active": True}
    return tx.insert(USER, {**values, "token_version": 1, "sight_seq": tx.next_seq})


@action(Permission.USER_MANAGE)
def edit(
    tx: Transaction,
    user_id: int,
    fields: Mapping[str, Any],
    *,
    version: int,
    password_hash: str | None = None,
    keep_keys: bool = False,
) -> Record:
    """Set fields of a user as he stood at `version`; `password_hash` is a reset by an administrator.

    A change of role, team, activity or password ends every session of the user; a reset ends his keys, too, unless
    `keep_keys`. After a reset he must choose a password of his own, unless `fields` says otherwise.
    Raises NotFound, Invalid, Conflict.
    """
    user = tx.get(USER, user_id, version=version)
    changed = _check_fields(tx, fields, user)
    if password_hash is not None:
        changed = {"must_change_password": True, **changed, "password_hash": password_hash}
        changed["password_changed_at"] = tx.now
    _check_service(user, changed)
    _check_still_governed(tx, user, changed)
    if password_hash is not None and not keep_keys:
        end_keys(tx, user.id)
    return tx.update(user, **_with_consequences(tx, user, changed))


@action(Permission.USER_MANAGE)
def close_sessions(tx: Transaction, user_id: int, *, keep_keys: bool = False) -> Record:
    """End every session of a user, and his keys unless `keep_keys`. Raises NotFound."""
    user = tx.get(USER, user_id)
    if not keep_keys:
        end_keys(tx, user_id)
    return end_all_sessions(tx, user)


def _check_fields(tx: Transaction, fields: Mapping[str, Any], user: Record | None = None) -> dict[str, Any]:
    values = dict(fields)
    if "username" in values:
        values["username"] = _check_free_username(tx, values["username"], user)
    if "role" in values:
        values["role"] = check_role(values["role"]).value
    if "email" in values:
        values["email"] = check_email(values["email"])
    if values.get("team_id") is not None and (user is None or values["team_id"] != user["team_id"]):
        require_living_team(tx, values["team_id"])
    return values


def _check_free_username(tx: Transaction, text: str, user: Record | None) -> str:
    name = check_username(text)
    if user is not None and user["username"] == name:
        return name
    if name in RESERVED_USERNAMES or tx.first(USER, select(users).where(users.c.username == name)) is not None:
        raise Conflict(
            "username_taken",
            N_("There is a user %(name)s already. Choose another name."),
            fields={"field": "username"},
            name=name,
        )
    return name


def _check_service(user: Record, changed: Mapping[str, Any]) -> None:
    """An account that stands for a setting is known by its name and never signs in.

    The one behind the command line of this PC stays as it is: it is the way back in when all else is lost.
    """
    fixed = {"username", "password_hash", "must_change_password"}
    if user["username"] == LOCAL_USER:
        fixed |= {"role", "active"}
    if user["service"] and fixed & changed.keys():
        raise service_account(user)


def service_account(user: Record) -> Conflict:
    """The refusal to treat an account that stands for a setting as a person."""
    return Conflict(
        "service_account",
        N_("%(name)s belongs to the server itself. It cannot sign in, be renamed or hold keys."),
        fields={"id": user.id},
        name=user["username"],
    )


def _check_still_governed(tx: Transaction, user: Record, changed: Mapping[str, Any]) -> None:
    """Nobody locks himself out, and somebody who may manage users always remains."""
    if user.id == tx.actor.id and changed.get("active") is False:
        raise Conflict("own_account", N_("You cannot deactivate yourself. Ask another administrator."))
    governs = changed.get("active", user["active"]) and changed.get("role", user["role"]) == Role.ADMIN.value
    if not governs and governs_alone(tx, user):
        raise Conflict("last_admin", N_("This is the last active administrator. Make another one first."))


def governs_alone(tx: Transaction, user: Record) -> bool:
    """Whether nobody else is left who may manage users."""
    others = select(func.count()).where(
        users.c.id != user.id,
        users.c.role == Role.ADMIN.value,
        users.c.active.is_(True),
        users.c.service.is_(False),
        users.c.archived_at.is_(None),
    )
    return _is_governor(user) and not tx.connection.execute(others).scalar()


def _is_governor(user: Record) -> bool:
    return bool(user["active"] and user["role"] == Role.ADMIN.value and not user["service"])


def _with_consequences(tx: Transaction, user: Record, changed: Mapping[str, Any]) -> dict[str, Any]:
    after = dict(changed)
    if any(name in changed and changed[name] != user[name] for name in _TRUST):
        after["token_version"] = user["token_version"] + 1
    if any(name in changed and changed[name] != user[name] for name in _SIGHT):
        after["sight_seq"] = tx.next_seq
    return after
