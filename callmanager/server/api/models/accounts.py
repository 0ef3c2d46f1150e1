"""Signing in and one's own account, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire

Secret = Annotated[str, Field(max_length=2_000)]


class LoginGiven(Wire):
    username: Annotated[str, Field(max_length=200)]
    password: Secret


class PasswordGiven(Wire):
    """A new password of one's own. `keep_keys`: one's keys stay; else they end, but for the one that asks."""

    old_password: Secret
    new_password: Secret
    confirm_password: Secret
    keep_keys: bool = False


class Account(Wire):
    id: int
    username: str
    role: str
    team: str | None


class SignedIn(Wire):
    """`region` is the country (ISO code) whose numbers are written without their country here, `office` the name of the
    office, empty without one."""

    token: str
    token_type: Literal["Bearer"]
    expires_at: datetime
    must_change_password: bool
    user: Account
    region: str
    office: str


class Me(Account):
    team_id: int | None
    must_change_password: bool
    permissions: dict[str, str]
    region: str
    office: str


class Done(Wire):
    """Nothing to tell but that it was done."""

    status: Literal["ok"] = "ok"
