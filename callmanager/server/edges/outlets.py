"""What a connection offers to those who write to it: it takes ready frames, and can be hung up."""

from __future__ import annotations

from typing import Protocol

OUTLET = "callmanager.outlet"
"""Where the ASGI scope of a WebSocket carries its outlet: `scope["extensions"][OUTLET]`."""

HANG_UP = "callmanager.hang_up"
"""Where the ASGI scope of a request carries a function that closes its connection at once."""

GUEST = "callmanager.guest"
"""Where the ASGI scope of a connection carries its place (guests/connections.py)."""


class Outlet(Protocol):
    """The way out of one WebSocket. Used from the event loop only."""

    def write(self, frame: bytes) -> None:
        """Send a ready frame (RFC 6455). What the client does not take is kept in memory, so look at the figures."""
        ...

    def unsent_bytes(self) -> int:
        """What the client has not taken yet."""
        ...

    def unsent_frames(self) -> int:
        """How many frames were written since it had last taken everything."""
        ...

    def has_unread(self) -> bool:
        """Whether the client has sent something that the application has not taken yet."""
        ...

    def end(self) -> None:
        """Close in order: what was written goes out first, for at most two seconds."""
        ...

    def abort(self) -> None:
        """Close at once; what was not taken is dropped."""
        ...
