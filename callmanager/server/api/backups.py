"""Backups over HTTP. Restoring one needs a stopped server and is no business of the API.

GET  /backups                  backup:manage
POST /backups                  backup:manage    takes one now
POST /backups/{name}/verify    backup:manage
"""

from __future__ import annotations

from typing import Any

from flask import Response

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError
from callmanager.domain.permissions import Permission
from callmanager.server import backups
from callmanager.server.api.models import operations as m
from callmanager.server.backups.routine import BackupRoutine
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.problems import said
from callmanager.server.edges.repeats import perform_apart
from callmanager.server.edges.routing import Call, Routes

routes = Routes("backups")


@routes.route_for("GET", "/backups", Permission.BACKUP_MANAGE, answers={200: m.Backups})
def list_backups(call: Call) -> Response:
    """Every backup, newest first, and how old the last verified one is."""
    routine = call.services.backup_routine
    found = backups.list_backups(routine.folder)
    return value_answer({"state": _state(routine), "backups": [_to_wire(backup) for backup in found]})


@routes.route_for("POST", "/backups", Permission.BACKUP_MANAGE, answers={201: m.BackupTaken}, errors=(409,))
def take_backup(call: Call) -> Response:
    """Take a backup now, verified, and prune. 409 while another one is being taken."""
    return perform_apart(call, lambda: _taken(call.services.backup_routine.take()))


@routes.route_for(
    "POST", "/backups/<name>/verify", Permission.BACKUP_MANAGE, answers={200: m.Verification}, errors=(404,)
)
def verify_backup(call: Call, name: str) -> Response:
    """Look through the whole file: its bytes, its database, its chain of changes, and its manifest."""
    backup = backups.get_backup(call.services.backup_routine.folder, name)
    pace = call.services.pace
    with pace.behind():
        found = backups.verify_backup(backup.path, pace)
    problems = [{"code": p.code, "detail": said(p.message, p.params)} for p in found.problems]
    return value_answer({"name": str(backup.name), "ok": found.ok, "usable": found.usable, "problems": problems})


def _taken(backup: backups.Backup) -> Response:
    answer = {
        **_to_wire(backup),
        "second_copy": str(backup.second_copy) if backup.second_copy else None,
        "second_error": _fault(backup.second_error) if backup.second_error else None,
    }
    return value_answer(answer, 201)


def _state(routine: BackupRoutine) -> dict[str, Any]:
    state, failure = routine.state(), routine.failure
    return {
        "code": state.code,
        "alarm": state.alarm,
        "age_seconds": state.age_seconds,
        "last_verified": str(state.last.name) if state.last else None,
        "interval_minutes": routine.interval_minutes,
        "failure": {"at": to_wire(failure.at), **_fault(failure.error)} if failure else None,
    }


def _to_wire(backup: backups.Backup) -> dict[str, Any]:
    return {
        "name": str(backup.name),
        "at": to_wire(backup.at),
        "bytes": backup.size,
        "seq": backup.manifest.seq if backup.manifest else None,
        "verified_at": to_wire(backup.verified_at) if backup.verified_at else None,
    }


def _fault(error: CallManagerError) -> dict[str, str]:
    return {"code": error.code, "detail": said(error.message, error.params)}
