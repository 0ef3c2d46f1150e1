"""The codes that problem documents bear. deploy/write_api.py writes the list beside this file from the source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).parent / "error_codes.txt"


class ErrorCode(NamedTuple):
    """A stable code, the status it comes with, and the sentences (msgids) that explain it."""

    code: str
    status: int
    messages: tuple[str, ...]


@cache
def list_error_codes() -> tuple[ErrorCode, ...]:
    """Every code, in alphabetical order."""
    found: dict[tuple[str, int], list[str]] = {}
    for line in LIST.read_text("utf-8").splitlines():
        code, status, message = line.split("\t", 2)
        found.setdefault((code, int(status)), []).append(message)
    return tuple(ErrorCode(code, status, tuple(messages)) for (code, status), messages in found.items())
