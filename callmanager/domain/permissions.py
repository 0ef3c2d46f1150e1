"""What each role may do and on whose records. The one table behind routes, queries, live updates and screens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callmanager.domain.changes import ADMINS, EVERYONE, team_scope
from callmanager.domain.errors import Forbidden
from callmanager.domain.people import Actor, Role
from callmanager.domain.texts import N_


class Permission(StrEnum):
    """`resource:action`, in alphabetical order."""

    ACCOUNT_OWN = "account:own"
    AGENT_FORCE = "agent:force"
    AGENT_READ = "agent:read"
    AGENT_SET_OWN = "agent:set_own"
    API_KEY_MANAGE = "api_key:manage"
    API_KEY_OWN = "api_key:own"
    AUDIT_VERIFY = "audit:verify"
    BACKUP_MANAGE = "backup:manage"
    CALL_EXPORT = "call:export"
    CALL_MAKE = "call:make"
    CALL_OVERRIDE = "call:override"
    CALL_READ = "call:read"
    CAMPAIGN_MANAGE = "campaign:manage"
    CAMPAIGN_READ = "campaign:read"
    CHANGE_READ = "change:read"
    CHANGE_UNDO_OTHERS = "change:undo_others"
    CHANGE_UNDO_OWN = "change:undo_own"
    CONTACT_CREATE = "contact:create"
    CONTACT_DELETE = "contact:delete"
    CONTACT_EDIT = "contact:edit"
    CONTACT_EXPORT = "contact:export"
    CONTACT_IMPORT = "contact:import"
    CONTACT_MERGE = "contact:merge"
    CONTACT_READ = "contact:read"
    CONTACT_TAKE_OVER = "contact:take_over"
    DISPOSITION_MANAGE = "disposition:manage"
    DISPOSITION_READ = "disposition:read"
    DO_NOT_CALL_ADD = "do_not_call:add"
    DO_NOT_CALL_LOAD = "do_not_call:load"
    DO_NOT_CALL_READ = "do_not_call:read"
    DO_NOT_CALL_REMOVE = "do_not_call:remove"
    METRICS_READ = "metrics:read"
    SETTINGS_READ = "settings:read"
    SYNC_READ = "sync:read"
    TEAM_MANAGE = "team:manage"
    TEAM_READ = "team:read"
    USER_MANAGE = "user:manage"


class Reach(StrEnum):
    """Whose records a permission covers."""

    OWN = "own"  # only the actor's own
    TEAM = "team"  # the actor's team; nobody's when he has none
    HOME = "home"  # the actor's team; what is shared when he has none
    TEAM_OR_SHARED = "team_or_shared"  # the same, and records without a team
    ALL = "all"


_AGENT: dict[Permission, Reach] = {
    Permission.ACCOUNT_OWN: Reach.OWN,
    Permission.AGENT_READ: Reach.TEAM,
    Permission.AGENT_SET_OWN: Reach.OWN,
    Permission.API_KEY_OWN: Reach.OWN,
    Permission.CALL_MAKE: Reach.TEAM_OR_SHARED,
    Permission.CALL_READ: Reach.TEAM_OR_SHARED,
    Permission.CAMPAIGN_READ: Reach.TEAM_OR_SHARED,
    Permission.CHANGE_READ: Reach.TEAM_OR_SHARED,
    Permission.CHANGE_UNDO_OWN: Reach.OWN,
    Permission.CONTACT_CREATE: Reach.HOME,
    Permission.CONTACT_EDIT: Reach.TEAM_OR_SHARED,
    Permission.CONTACT_READ: Reach.TEAM_OR_SHARED,
    Permission.DISPOSITION_READ: Reach.ALL,
    Permission.DO_NOT_CALL_ADD: Reach.ALL,
    Permission.DO_NOT_CALL_READ: Reach.ALL,
    Permission.SYNC_READ: Reach.TEAM_OR_SHARED,
    Permission.TEAM_READ: Reach.ALL,
}
_TEAM_LEAD: dict[Permission, Reach] = {
    **_AGENT,
    Permission.AGENT_FORCE: Reach.TEAM,
    Permission.CALL_EXPORT: Reach.TEAM,
    Permission.CHANGE_UNDO_OTHERS: Reach.TEAM,
    Permission.CONTACT_DELETE: Reach.TEAM,
    Permission.CONTACT_EXPORT: Reach.TEAM,
    Permission.CONTACT_MERGE: Reach.TEAM,
    Permission.CONTACT_TAKE_OVER: Reach.TEAM,
}
_MANAGER: dict[Permission, Reach] = {
    **dict.fromkeys(_TEAM_LEAD, Reach.ALL),
    Permission.ACCOUNT_OWN: Reach.OWN,
    Permission.AGENT_SET_OWN: Reach.OWN,
    Permission.API_KEY_OWN: Reach.OWN,
    Permission.CALL_OVERRIDE: Reach.ALL,
    Permission.CAMPAIGN_MANAGE: Reach.ALL,
    Permission.CHANGE_UNDO_OWN: Reach.OWN,
    Permission.CONTACT_IMPORT: Reach.ALL,
    Permission.DISPOSITION_MANAGE: Reach.ALL,
    Permission.DO_NOT_CALL_LOAD: Reach.ALL,
    Permission.DO_NOT_CALL_REMOVE: Reach.ALL,
}
_ADMIN: dict[Permission, Reach] = {
    **_MANAGER,
    Permission.API_KEY_MANAGE: Reach.ALL,
    Permission.AUDIT_VERIFY: Reach.ALL,
    Permission.BACKUP_MANAGE: Reach.ALL,
    Permission.METRICS_READ: Reach.ALL,
    Permission.SETTINGS_READ: Reach.ALL,
    Permission.TEAM_MANAGE: Reach.ALL,
    Permission.USER_MANAGE: Reach.ALL,
}

ROLES: dict[Role, dict[Permission, Reach]] = {
    Role.AGENT: _AGENT,
    Role.TEAM_LEAD: _TEAM_LEAD,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
}


def reach(actor: Actor, permission: Permission) -> Reach | None:
    """Whose records `actor` may touch with `permission`; None when he may not at all."""
    if actor.limited_to is not None and permission not in actor.limited_to:
        return None
    return ROLES[actor.role].get(permission)


def require(actor: Actor, permission: Permission) -> Reach:
    """The reach of `permission`. Raises Forbidden when the actor lacks it."""
    found = reach(actor, permission)
    if found is None:
        raise forbidden(permission)
    return found


def can_touch(actor: Actor, permission: Permission, team_id: int | None) -> bool:
    """Whether `permission` covers a record of team `team_id` (None: shared by all)."""
    return {
        None: False,
        Reach.ALL: True,
        Reach.OWN: False,  # ownership is a question for the action that knows the owner
        Reach.TEAM: team_id is not None and team_id == actor.team_id,
        Reach.HOME: team_id == actor.team_id,
        Reach.TEAM_OR_SHARED: team_id is None or team_id == actor.team_id,
    }[reach(actor, permission)]


def require_touch(actor: Actor, permission: Permission, team_id: int | None) -> None:
    """Raises Forbidden when `permission` does not cover a record of team `team_id`."""
    if not can_touch(actor, permission, team_id):
        raise forbidden(permission)


def forbidden(permission: Permission) -> Forbidden:
    """The refusal that names the missing permission."""
    return Forbidden(
        "forbidden",
        N_("You may not do this. Ask an administrator for the permission %(permission)s."),
        fields={"permission": permission.value},
        permission=permission.value,
    )


@dataclass(frozen=True, slots=True)
class Visibility:
    """What an actor may see. Queries, the feed and live rooms all use this: who is told is exactly who may read.

    `everything` covers what only administrators see, `every_team` the records of all teams; otherwise the actor
    sees what is everyone's and what belongs to `team_id`.
    """

    everything: bool
    every_team: bool
    team_id: int | None

    def covers(self, scope: str) -> bool:
        """Whether a change or record that bears `scope` is visible."""
        if self.everything:
            return True
        if scope == ADMINS:
            return False
        return self.every_team or scope == EVERYONE or (self.team_id is not None and scope == team_scope(self.team_id))

    def covers_team(self, team_id: int | None) -> bool:
        """Whether a record of this team is visible."""
        return self.covers(team_scope(team_id))


def visibility(actor: Actor) -> Visibility:
    """What `actor` may see."""
    return Visibility(
        everything=actor.role is Role.ADMIN,
        every_team=actor.role in (Role.ADMIN, Role.MANAGER),
        team_id=actor.team_id,
    )
