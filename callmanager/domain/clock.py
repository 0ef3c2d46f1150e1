"""The one clock. Everything that needs the time receives a Clock; nothing else asks the system."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@lru_cache(maxsize=64)  # the rows of one change set all bear the same instant
def to_wire(instant: datetime) -> str:
    """`2026-11-22T10:53:31.123Z`: fixed width, so that text order is time order."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def from_wire(text: str) -> datetime:
    """The aware UTC instant that `text` (ISO 8601) names. Raises ValueError when it names none or has no zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return instant.astimezone(UTC)
