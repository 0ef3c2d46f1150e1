"""Users and their keys, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel

from callmanager.domain.people import Role
from callmanager.server.api.models.accounts import Secret
from callmanager.server.edges.contact_shapes import Id, OptionalId, Short
from callmanager.server.edges.shapes import Instant, Wire

Cursor = Annotated[int, Field(ge=0, le=2**31 - 1, description="from the Link header of the page before")]
PageLimit = Annotated[int, Field(ge=1, le=1_000)]


class UserGiven(Wire):
    """A new user. `must_change_password` fences him and his key until he has chosen a password of his own: another
    person knows the first one. `false` for a program, which has no password to choose.
    """

    username: Short
    password: Secret
    role: Role
    team_id: Id | None = None
    email: Short = ""
    must_change_password: bool = True

    def fields(self) -> dict[str, Any]:
        """What the action takes; the password goes another way."""
        return self.model_dump(exclude={"password"})


class UserEdited(Wire):
    """What may be set on a user. A password given here is a reset: he must change it unless said otherwise.

    `keep_keys`: his keys outlive the reset.
    """

    username: Short = ""
    password: Secret = ""
    role: Role = Role.AGENT
    team_id: Id | None = None
    email: Short = ""
    active: bool = True
    must_change_password: bool = True
    keep_keys: bool = False

    def fields(self) -> dict[str, Any]:
        """What the caller gave, and only that, without the password."""
        return self.model_dump(exclude_unset=True, exclude={"password", "keep_keys"})


class SessionsClosed(Wire):
    """`keep_keys`: the user's keys stay; else they end with his sessions."""

    keep_keys: bool = False


class User(Wire):
    id: int
    username: str
    role: Role
    team_id: int | None
    team: str | None
    email: str
    active: bool
    service: bool
    must_change_password: bool
    password_changed_at: datetime | None
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class NewUser(User):
    """`api_key` is shown this once; a repeat of the request with the same Idempotency-Key gets null."""

    api_key: str | None


class Users(RootModel[list[User]]):
    """A page of users; a `Link` header with rel="next" leads to the next."""


class UserQuery(Wire):
    q: Annotated[str, Field(max_length=200, description="part of the user name or the e-mail address")] | None = None
    active: bool | None = None
    role: Role | None = None
    team_id: Annotated[OptionalId, Field(description="0: without a team")] | None = None
    limit: PageLimit = 100
    cursor: Cursor = 0


class KeyGiven(Wire):
    """A new key. Without `permissions` it may all that its user may.

    `password` is that of whoever makes the key, also for another's. It is not needed within two minutes of signing in
    for a key of one's own that ends within 31 days, with `permissions` that managers have.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "casa", "password": "la clave de Ana 9"}]})

    label: Short
    password: Secret = ""
    permissions: Annotated[list[Short], Field(min_length=1, max_length=100)] | None = None
    expires_at: Instant | None = None


class Key(Wire):
    id: int
    user_id: int
    label: str
    public_id: str
    permissions: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class NewKey(Key):
    """`api_key` is shown this once; a repeat of the request with the same Idempotency-Key gets null."""

    api_key: str | None


class Keys(RootModel[list[Key]]):
    """The keys of a user that are not revoked."""
