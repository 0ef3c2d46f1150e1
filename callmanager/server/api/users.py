"""Users and API keys over HTTP. A key is shown once, in the answer that makes it.

GET    /users                        user:manage
POST   /users                        user:manage
GET    /users/{id}                   user:manage
PATCH  /users/{id}                   user:manage      If-Match
POST   /users/{id}/close-sessions    user:manage
GET    /users/{id}/api-keys          api_key:own; api_key:manage for others' keys
POST   /users/{id}/api-keys          api_key:own; api_key:manage for others' keys
DELETE /api-keys/{id}                api_key:own; api_key:manage for others' keys
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from flask import Response

from callmanager.domain.errors import Invalid
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES, Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import api_keys as keys
from callmanager.server.actions import people as actions
from callmanager.server.api.models import people as m
from callmanager.server.changes.entities import API_KEY
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.edges.answers import required_version, value_answer, with_next
from callmanager.server.edges.identity import client_address
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.edges.sign_in import sign_in_desk
from callmanager.server.queries import people as queries

routes = Routes("users")

FRESH = timedelta(minutes=2)  # after a sign-in, in which a window has itself remembered without asking again
REMEMBERED_FOR = timedelta(days=31)


@routes.route_for("GET", "/users", Permission.USER_MANAGE, query=m.UserQuery, answers={200: m.Users})
def list_users(call: Call, query: m.UserQuery) -> Response:
    """Everybody who has an account, active or not, and the accounts that stand for settings."""
    role = None if query.role is None else query.role.value
    wanted = queries.UserFilter(active=query.active, role=role, team_id=query.team_id, text=query.q)
    with call.services.storage.read() as connection:
        found = queries.list_users(connection, wanted, after_id=query.cursor, limit=query.limit)
    return with_next(value_answer(found), found[-1]["id"] if len(found) == query.limit else None)


@routes.route_for(
    "POST",
    "/users",
    Permission.USER_MANAGE,
    body=m.UserGiven,
    answers={201: m.NewUser},
    errors=(409,),
    hashing=True,
)
def create_user(call: Call, body: m.UserGiven) -> Response:
    """A new user and his first key, which is shown this once."""
    password_hash = actions.hash_new_password(call.passwords, body.password, username=body.username)

    def work(tx: Transaction) -> Response:
        user = actions.create(tx, body.fields(), password_hash=password_hash)
        issued = keys.issue_first(tx, user)
        return value_answer({**_to_wire(tx, user), "api_key": issued.text}, 201, version=user.version)

    return perform(call, work, kept=_without_key)


@routes.route_for("GET", "/users/<int:user_id>", Permission.USER_MANAGE, answers={200: m.User}, errors=(404,))
def get_user(call: Call, user_id: int) -> Response:
    """One user; his version is the ETag."""
    with call.services.storage.read() as connection:
        user = queries.get_user(connection, user_id)
    return value_answer(user, version=user["version"])


@routes.route_for(
    "PATCH",
    "/users/<int:user_id>",
    Permission.USER_MANAGE,
    body=m.UserEdited,
    answers={200: m.User},
    versioned=True,
    hashing=True,
)
def edit_user(call: Call, user_id: int, body: m.UserEdited) -> Response:
    """Set the given fields. New role, team, activity or password end the user's sessions at once.

    A new password ends his keys, too, unless `keep_keys`.
    """
    version = required_version()
    password_hash = None
    if "password" in body.model_fields_set:
        password_hash = _hash_reset(call, user_id, body)
    return perform(
        call,
        lambda tx: _answer(
            tx,
            actions.edit(
                tx,
                user_id,
                body.fields(),
                version=version,
                password_hash=password_hash,
                keep_keys=body.keep_keys,
            ),
        ),
    )


@routes.route_for(
    "POST",
    "/users/<int:user_id>/close-sessions",
    Permission.USER_MANAGE,
    body=m.SessionsClosed,
    answers={200: m.User},
    errors=(404,),
)
def close_sessions(call: Call, user_id: int, body: m.SessionsClosed) -> Response:
    """Sign a user out everywhere. His keys end as well, unless `keep_keys`."""
    return perform(call, lambda tx: _answer(tx, actions.close_sessions(tx, user_id, keep_keys=body.keep_keys)))


@routes.route_for("GET", "/users/<int:user_id>/api-keys", Permission.API_KEY_OWN, answers={200: m.Keys}, errors=(404,))
def list_api_keys(call: Call, user_id: int) -> Response:
    """The keys of a user that are not revoked, without their secrets."""
    keys.require_keys_of(call.actor, user_id)
    with call.services.storage.read() as connection:
        found = queries.list_keys(connection, user_id, call.services.identities.key_use())
    return value_answer(found)


@routes.route_for(
    "POST",
    "/users/<int:user_id>/api-keys",
    Permission.API_KEY_OWN,
    body=m.KeyGiven,
    answers={201: m.NewKey},
    errors=(404, 409, 429),
    hashing=True,
)
def create_api_key(call: Call, user_id: int, body: m.KeyGiven) -> Response:
    """A new key, which is shown this once; `permissions` limits it to some of what its user may.

    It asks for the password of whoever makes it. A key makes no keys.
    """
    keys.require_keys_of(call.actor, user_id)
    keys.require_maker(call.actor)
    _check_presence(call, user_id, body)

    def work(tx: Transaction) -> Response:
        issued = keys.issue(tx, user_id, label=body.label, permissions=body.permissions, expires_at=body.expires_at)
        return value_answer({**API_KEY.encode(issued.record.row), "api_key": issued.text}, 201)

    return perform(call, work, kept=_without_key)


@routes.route_for("DELETE", "/api-keys/<int:key_id>", Permission.API_KEY_OWN, answers={200: m.Key}, errors=(404,))
def revoke_api_key(call: Call, key_id: int) -> Response:
    """Revoke a key; the next request with it is refused."""
    return perform(call, lambda tx: value_answer(API_KEY.encode(keys.revoke(tx, key_id).row)))


def _check_presence(call: Call, user_id: int, body: m.KeyGiven) -> None:
    """Whether somebody who knows a password makes this key, not only a session that others may have got hold of.

    The command line has shown the secret file of this PC instead. Just after signing in, a window that remembers its
    user makes a key that is limited and ends (docs/decisions/0070).
    """
    if call.actor.session_id is None or _is_window_remembering(call, user_id, body):
        return
    if not body.password:
        raise Invalid(
            "password_needed",
            N_("Give your password, too: a key lives on when your session has ended."),
            fields={"field": "password"},
        )
    wrong = Invalid("password_wrong", N_("Your password is not right."), fields={"field": "password"})
    address = client_address(call.services, call.request)
    sign_in_desk(call.services, call.passwords).check_own_password(
        call.actor, body.password, address=address, refusal=wrong
    )


def _is_window_remembering(call: Call, user_id: int, body: m.KeyGiven) -> bool:
    now, signed_in_at = call.services.clock.now(), call.who.signed_in_at
    is_fresh = signed_in_at is not None and now - signed_in_at <= FRESH
    ends_soon = body.expires_at is not None and body.expires_at <= now + REMEMBERED_FOR
    is_limited = body.permissions is not None and ROLES[Role.MANAGER].keys() >= set(body.permissions)
    return is_fresh and ends_soon and is_limited and user_id == call.actor.id


def _hash_reset(call: Call, user_id: int, body: m.UserEdited) -> str:
    with call.services.storage.read() as connection:
        username = queries.get_user(connection, user_id)["username"]
    return actions.hash_new_password(call.passwords, body.password, username=body.username or username)


def _answer(tx: Transaction, user: Record) -> Response:
    return value_answer(_to_wire(tx, user), version=user.version)


def _to_wire(tx: Transaction, user: Record) -> dict[str, Any]:
    return queries.user_to_wire(user.row, queries.find_team_name(tx.connection, user["team_id"]))


def _without_key(answer: Response) -> str:
    """What may be kept of an answer for a repeat."""
    return orjson.dumps({**orjson.loads(answer.get_data()), "api_key": None}).decode()
