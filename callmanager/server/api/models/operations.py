"""Backups and settings, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire


class Fault(Wire):
    code: str
    detail: Annotated[str, Field(description="a sentence in the language of the caller")]


class Backup(Wire):
    name: str
    at: datetime
    bytes: int
    seq: Annotated[int | None, Field(description="the last change inside; null without a manifest")]
    verified_at: Annotated[datetime | None, Field(description="when it was found good; null when it was not")]


class BackupTaken(Backup):
    second_copy: Annotated[str | None, Field(description="the file in BACKUP_SECOND_FOLDER")]
    second_error: Annotated[Fault | None, Field(description="why there is no second copy")]


class BackupFailure(Fault):
    at: datetime


class BackupState(Wire):
    code: Literal["fine", "too_old", "none", "in_the_future"]
    alarm: bool
    age_seconds: Annotated[float | None, Field(description="of the last verified one")]
    last_verified: str | None
    interval_minutes: int
    failure: Annotated[BackupFailure | None, Field(description="of the last attempt; null after a good one")]


class Backups(Wire):
    state: BackupState
    backups: list[Backup]


class Verification(Wire):
    name: str
    ok: bool
    usable: Annotated[bool, Field(description="a server could run on it, though something may be wrong")]
    problems: list[Fault]


class ShownSettings(Wire):
    settings: Annotated[dict[str, Any], Field(description="of a secret only whether it is set: *** or empty")]
