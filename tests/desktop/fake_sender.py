"""What the outbox sends to, in memory."""

from __future__ import annotations

from typing import Any

from callmanager.desktop.wire import Answer
from callmanager.domain.errors import CallManagerError


class FakeSender:
    """Notes what it is sent, and answers with the next of `outcomes`, or well."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any, str | None]] = []
        self.outcomes: list[CallManagerError | None] = []

    def ask(self, method: str, path: str, *, body: Any, version: int | None, key: str | None) -> Answer:
        self.sent.append((path, body, key))
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        return Answer(200, {"done": path})
