"""Who may take back which change set."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import RowMapping, select
from sqlalchemy.exc import IntegrityError

from callmanager.domain.errors import Conflict, Invalid, NotFound
from callmanager.domain.permissions import Permission, require_touch, visibility
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.barring import settle_marks_of
from callmanager.server.actions.groups import require_empty_team
from callmanager.server.changes.entities import CALL, CAMPAIGN, CONTACT, DO_NOT_CALL, ENTITIES, TEAM
from callmanager.server.changes.undo import Undone, set_rows, undo_rows
from callmanager.server.changes.write import Transaction

__all__ = ["Transaction", "undo_set"]

PIECE = 500  # records looked at in one query

# What one must be allowed to do to a record now, to undo one's own change of it.
_EDITING = {
    CONTACT.name: Permission.CONTACT_EDIT,
    CAMPAIGN.name: Permission.CAMPAIGN_MANAGE,
    TEAM.name: Permission.TEAM_MANAGE,
}


@action(Permission.CHANGE_UNDO_OWN)
def undo_set(tx: Transaction, set_id: int, *, partly: bool = False) -> Undone:
    """Take back a change set of one's own, or of others within one's reach. Raises NotFound, Forbidden, Conflict."""
    rows = set_rows(tx, set_id)
    _check_no_call(tx, rows)
    for row in rows:
        _require_undo(tx, row)
    _check_no_listing(tx, rows)
    try:
        undone = undo_rows(tx, rows, partly=partly)
    except IntegrityError as error:
        raise Conflict(
            "undo_conflict",
            N_("Something else has that name now, so nothing was undone. Rename one of them first."),
            fields={"set_id": set_id},
        ) from error
    _keep_rules(tx, rows)
    return undone


def _check_no_call(tx: Transaction, rows: Sequence[RowMapping]) -> None:
    """A call has happened; what was said of it has a way back of its own, with all that followed from it."""
    for row in rows:
        if row["entity"] == CALL.name:
            _require_undo(tx, row)
            raise Conflict(
                "call_not_undoable",
                N_("A call cannot be undone. Take back its outcome: DELETE /calls/%(call)s/disposition."),
                fields={"call_id": row["record_id"]},
                call=row["record_id"],
            )


def _check_no_listing(tx: Transaction, rows: Sequence[RowMapping]) -> None:
    """Who was barred by a status is free again when that is taken back; what somebody listed or took off the list
    himself is said anew, for there is nothing else that the undo would be about."""
    others = [row for row in rows if row["entity"] != DO_NOT_CALL.name]
    for row in rows:
        if row["entity"] == DO_NOT_CALL.name and not (_bars_person(tx, row) and _has_word(others)):
            raise Invalid(
                "not_undoable",
                N_("This kind of change cannot be undone here. Change it back by hand."),
                fields={"entity": row["entity"]},
            )


def _bars_person(tx: Transaction, row: RowMapping) -> bool:
    return tx.get(DO_NOT_CALL, row["record_id"])["contact_id"] is not None


def _has_word(rows: Sequence[RowMapping]) -> bool:
    """Whether one of these changes says more of a contact than its mark."""
    return any(row["entity"] == CONTACT.name and set(orjson.loads(row["fields"])) != {"do_not_call"} for row in rows)


def _keep_rules(tx: Transaction, rows: Sequence[RowMapping]) -> None:
    """What the old values do not know: a number was listed or freed meanwhile, a team got people."""
    touched = {name: sorted({row["record_id"] for row in rows if row["entity"] == name}) for name in _EDITING}
    for start in range(0, len(touched[CONTACT.name]), PIECE):
        settle_marks_of(tx, touched[CONTACT.name][start : start + PIECE])
    for team_id in touched[TEAM.name]:
        if tx.get(TEAM, team_id)["archived_at"] is not None:
            require_empty_team(tx, team_id)


def _require_undo(tx: Transaction, row: RowMapping) -> None:
    table = ENTITIES[row["entity"]].table
    team_id = None
    if "team_id" in table.c:
        team_id = tx.connection.execute(select(table.c.team_id).where(table.c.id == row["record_id"])).scalar()
    sight = visibility(tx.actor)
    if not sight.covers(row["scope"]) or not sight.covers_team(team_id):
        raise NotFound("change_set_not_found", N_("There is no such change."), fields={"set_id": row["set_id"]})
    if row["actor_id"] != tx.actor.id:
        require_touch(tx.actor, Permission.CHANGE_UNDO_OTHERS, team_id)
    elif row["entity"] in _EDITING:
        require_touch(tx.actor, _EDITING[row["entity"]], team_id)
