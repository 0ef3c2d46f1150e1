"""Who acts: users, their roles and the actor that every write and read is done for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

USERNAME_PATTERN = re.compile(r"[^\W_][\w.@-]{0,63}", re.UNICODE)


class Role(StrEnum):
    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program that a session speaks for. Never built from a payload.

    `limited_to` holds the permission codes of a restricted API key; None means all that the role may.
    """

    id: int
    name: str
    role: Role
    team_id: int | None = None
    limited_to: frozenset[str] | None = None
    must_change_password: bool = False
    session_id: int | None = field(default=None, compare=False)
    key_id: int | None = field(default=None, compare=False)


SYSTEM = Actor(id=0, name="system", role=Role.ADMIN)
# Accounts that the server makes for callers that the settings let in: keys that name nobody, and ENABLE_AUTH = False.
CONFIG_USER = "config"
LOCAL_USER = "local"
RESERVED_USERNAMES = frozenset({SYSTEM.name, CONFIG_USER, LOCAL_USER})


def is_person(username: str) -> bool:
    """Whether an account is somebody's, and not the server's own: nobody works beside those, nor is given work."""
    return username not in RESERVED_USERNAMES


def fold_username(text: str) -> str:
    """The spelling under which a user name is looked up."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def check_username(text: str) -> str:
    """The user name as it is stored: NFC, lower case. Raises Invalid."""
    name = fold_username(text)
    if not USERNAME_PATTERN.fullmatch(name):
        raise Invalid(
            "username_invalid",
            N_("A user name has 1 to 64 letters, digits, dots, hyphens, @ or _ and starts with a letter or digit."),
            fields={"field": "username"},
        )
    return name


def check_role(text: str) -> Role:
    """The role that `text` names. Raises Invalid."""
    try:
        return Role(text)
    except ValueError:
        raise Invalid(
            "role_unknown",
            N_("The role must be one of: %(roles)s."),
            fields={"field": "role", "allowed": [role.value for role in Role]},
            roles=", ".join(Role),
        ) from None
