"""Health, as it looks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire


class Health(Wire):
    """`office` is the name of the office, empty without one."""

    status: Literal["ok"]
    version: str
    time: datetime
    office: str


class Notice(Wire):
    code: Literal["log_ahead"]
    detail: Annotated[str, Field(description="a sentence in the language of the caller")]


class Ready(Wire):
    status: Literal["ready"]
    warnings: Annotated[list[Notice] | None, Field(description="only when there are some")] = None
