"""Everything that callers hold of one server, in one object: connections, bodies, streams and their counts."""

from __future__ import annotations

from callmanager.server.guests.bodies import BodyRoom
from callmanager.server.guests.connections import Connections
from callmanager.server.guests.shares import GuestCounts, Shares
from callmanager.server.guests.streams import Streams


class GuestBook:
    """`open_files` is what the system grants this process; None where it has no limit."""

    def __init__(self, shares: Shares, *, open_files: int | None = None) -> None:
        self.shares = shares
        self.counts = GuestCounts()
        self.connections = Connections(shares, self.counts, open_files=open_files)
        self.bodies = BodyRoom(shares, self.counts)
        self.streams = Streams(shares, self.counts)
