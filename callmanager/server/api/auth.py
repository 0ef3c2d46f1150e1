"""Signing in and one's own account.

POST /auth/login             public
POST /auth/logout            account:own
POST /auth/change-password   account:own
GET  /auth/me                account:own
"""

from __future__ import annotations

from flask import Response, request

from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import ROLES, Permission, reach
from callmanager.server.actions import sessions as actions
from callmanager.server.api.models import accounts as m
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.identity import client_address, is_local
from callmanager.server.edges.routing import PUBLIC, Call, Routes
from callmanager.server.edges.sign_in import sign_in_desk
from callmanager.server.queries.people import find_team_name

routes = Routes("auth")


@routes.route_for(
    "POST",
    "/auth/login",
    PUBLIC,
    body=m.LoginGiven,
    answers={200: m.SignedIn},
    errors=(401, 403, 429),
    hashing=True,
)
def login(call: Call, body: m.LoginGiven) -> Response:
    """Sign in with user and password; the token is good for 24 hours."""
    services = call.services
    attempt = actions.Attempt(
        username=body.username,
        password=body.password,
        address=client_address(services, request),
        client=request.headers.get("User-Agent", ""),
        local=is_local(services, request),
    )
    signed_in = sign_in_desk(services, call.passwords).sign_in(attempt)
    user = signed_in.user
    with services.storage.read() as connection:
        team = find_team_name(connection, user["team_id"])
    return value_answer(
        {
            "token": signed_in.token,
            "token_type": "Bearer",
            "expires_at": to_wire(signed_in.expires_at),
            "must_change_password": user["must_change_password"],
            "user": {"id": user.id, "username": user["username"], "role": user["role"], "team": team},
            "region": services.rules.region,
            "office": services.rules.office.name,
        }
    )


@routes.route_for("POST", "/auth/logout", Permission.ACCOUNT_OWN, answers={200: m.Done}, before_password_change=True)
def logout(call: Call) -> Response:
    """End this session. A key stays as it is: it is not signed in."""
    actions.sign_out(call.services.log, call.services.identities.memory_sessions, call.actor)
    return value_answer({"status": "ok"})


@routes.route_for(
    "POST",
    "/auth/change-password",
    Permission.ACCOUNT_OWN,
    body=m.PasswordGiven,
    answers={200: m.Done},
    before_password_change=True,
    hashing=True,
)
def change_password(call: Call, body: m.PasswordGiven) -> Response:
    """Set one's own password. Every session of the user ends; sign in again.

    His keys end as well, but for the one that asks, unless `keep_keys` or the password was one that had to be changed.
    """
    sign_in_desk(call.services, call.passwords).change_password(
        call.actor,
        body.old_password,
        body.new_password,
        body.confirm_password,
        address=client_address(call.services, request),
        keep_keys=body.keep_keys,
    )
    return value_answer({"status": "ok"})


@routes.route_for("GET", "/auth/me", Permission.ACCOUNT_OWN, answers={200: m.Me}, before_password_change=True)
def show_me(call: Call) -> Response:
    """Who the credential speaks for and what it may."""
    actor = call.actor
    with call.services.storage.read() as connection:
        team = find_team_name(connection, actor.team_id)
    allowed = {p.value: r.value for p in ROLES[actor.role] if (r := reach(actor, p)) is not None}
    return value_answer(
        {
            "id": actor.id,
            "username": actor.name,
            "role": actor.role.value,
            "team": team,
            "team_id": actor.team_id,
            "must_change_password": actor.must_change_password,
            "permissions": allowed,
            "region": call.services.rules.region,
            "office": call.services.rules.office.name,
        }
    )
