"""Which leases end because a session, a key or a person lost the right to work. Decides, and ends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from callmanager.domain.changes import DELETED
from callmanager.server.changes.entities import API_KEY, SESSION, USER
from callmanager.server.changes.write import Record

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
