"""What the sync needs of the server and of the replica, as protocols: `remote`, `store` and the tests' own fit them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from callmanager.desktop.wire import Head, LiveChanges, Page, Position, Standing


class LiveLink(Protocol):
    """An open socket."""

    def sync(self, position: Position) -> Standing:
        """Say up to where the replica is complete. Raises Gone, Unavailable."""
        ...

    def close(self) -> None: ...


class Upstream(Protocol):
    """The server. Every method raises the domain's errors. Pages are read on other threads than the rest is asked from,
    one at a time; `as_rows` says how contacts are wished, and a server that cannot gives them as records."""

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page: ...

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page: ...

    def connect_live(self, on_event: Callable[[str, Any], None]) -> LiveLink: ...


class ReplicaLike(Protocol):
    """Where the news goes."""

    @property
    def position(self) -> Position | None: ...

    @property
    def witness(self) -> Head | None: ...

    @property
    def is_loading(self) -> bool: ...

    def replace(self, page: Page) -> None: ...

    def apply(self, page: Page) -> None: ...

    def apply_live(self, message: LiveChanges) -> None: ...

    def note_current(self, as_of: str) -> None: ...
