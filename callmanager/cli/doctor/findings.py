"""What a check found: how grave it is, what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from callmanager.cli.spoken import say
from callmanager.domain.texts import N_


class Level(StrEnum):
    """Only a problem makes the exit code 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


LEVEL_NAMES = {Level.OK: N_("ok"), Level.WARNING: N_("warning"), Level.PROBLEM: N_("problem")}


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`, `seen` and `advice` are msgids; `params` fill the last two. `code` is for programs."""

    code: str
    level: Level
    check: str
    seen: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, str]:
        """For --json."""
        return {"code": self.code, "level": self.level.value, "seen": self.seen_text(), "advice": self.advice_text()}

    def seen_text(self) -> str:
        return say(self.seen, **self.params)

    def advice_text(self) -> str:
        return say(self.advice, **self.params) if self.advice else ""


def ok(code: str, check: str, seen: str, advice: str = "", **params: Any) -> Finding:
    """As it should be; `advice` is then a hint."""
    return Finding(code, Level.OK, check, seen, advice, params)


def warning(code: str, check: str, seen: str, advice: str, **params: Any) -> Finding:
    """It works, and something should be done."""
    return Finding(code, Level.WARNING, check, seen, advice, params)


def problem(code: str, check: str, seen: str, advice: str, **params: Any) -> Finding:
    """It does not work, or soon will not."""
    return Finding(code, Level.PROBLEM, check, seen, advice, params)
