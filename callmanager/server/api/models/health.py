"""Health, as it looks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from callmanager.server.edges.shapes import Wire


class Health(Wire):
    """`office` is the name of the office, empty without one."""

    status: Literal["ok"]
    version: str
    time: datetime
    office: str


class Ready(Wire):
    status: Literal["ready"]
