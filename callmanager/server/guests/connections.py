"""Places for connections: strangers have a share, and when it is full the one waited for longest makes room.

Used from the event loop only.
"""

from __future__ import annotations

import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from callmanager.server.guests.shares import GuestCounts, Shares
from callmanager.server.logs import get_log
from callmanager.server.security.hosts import parse_address, parse_networks

TOLD_EVERY_SECONDS = 60.0
LOCAL = "local"  # a peer without an address

_log = get_log("guests")


@dataclass(eq=False, slots=True)
class Guest:
    """One connection. `drop` hangs up at once. `waits_since`: since when the server waits for the client; None while
    it works for it, and then nobody makes it leave."""

    address: str
    drop: Callable[[], None]
    waits_since: float | None


class Connections:
    """All connections of one server, by address; the addresses of one IPv6 network count as one."""

    def __init__(
        self,
        shares: Shares,
        counts: GuestCounts,
        *,
        open_files: int | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._most_strangers = shares.within(open_files)
        self._per_address = min(shares.strangers_per_address, self._most_strangers)
        self._proxies = parse_networks(shares.proxies)
        self._counts = counts
        self._stopwatch = stopwatch
        self._strangers: dict[str, set[Guest]] = {}
        self._known: set[Guest] = set()
        self._people: Counter[str] = Counter()
        self._untold = 0
        self._told_at = -TOLD_EVERY_SECONDS

    def arrive(self, address: str, drop: Callable[[], None]) -> Guest | None:
        """A place for a new connection, where need be that of another; None when everybody is being worked for."""
        group = _neighbourhood(address)
        if not self._make_room(group):
            self._counts.turned_away += 1
            self._tell(group)
            return None
        guest = Guest(group, drop, self._stopwatch())
        self._strangers.setdefault(group, set()).add(guest)
        self._counts.strangers += 1
        return guest

    def recognise(self, guest: Guest) -> None:
        """Somebody has shown on this connection who he is: it is no stranger's any more."""
        if guest not in self._strangers.get(guest.address, ()):
            return
        self._forget_stranger(guest)
        self._known.add(guest)
        self._people[guest.address] += 1
        self._counts.known += 1

    def work(self, guest: Guest) -> None:
        """What the client had to send has come: the server works for it."""
        guest.waits_since = None

    def wait(self, guest: Guest) -> None:
        """It is the client's turn."""
        guest.waits_since = self._stopwatch()

    def depart(self, guest: Guest) -> None:
        """The connection has ended; also when it was dropped."""
        if guest in self._known:
            self._known.discard(guest)
            self._counts.known -= 1
            self._people[guest.address] -= 1
            if not self._people[guest.address]:
                del self._people[guest.address]
        elif guest in self._strangers.get(guest.address, ()):
            self._forget_stranger(guest)

    def _forget_stranger(self, guest: Guest) -> None:
        neighbours = self._strangers[guest.address]
        neighbours.discard(guest)
        self._counts.strangers -= 1
        if not neighbours:
            del self._strangers[guest.address]

    def _make_room(self, group: str) -> bool:
        """Whether one more of this address may come in, after somebody had to leave if need be."""
        if len(self._strangers.get(group, ())) >= self._share(group):
            return self._drop_one(self._strangers[group])
        if self._counts.strangers >= self._most_strangers:
            greediest = max(self._strangers.values(), key=len)
            return self._drop_one(greediest) or self._drop_one(self._every_stranger())
        if self._counts.strangers + self._counts.known >= self._most:
            return self._drop_one(self._every_stranger()) or self._drop_one(self._known)
        return True

    def _share(self, group: str) -> int:
        """An office behind one address, where people are signed in, and a proxy of ours may fill all there is."""
        return self._most_strangers if group in self._people or self._is_proxy(group) else self._per_address

    def _is_proxy(self, group: str) -> bool:
        if not self._proxies or group == LOCAL:
            return False
        mine = ipaddress.ip_network(group)
        return any(mine.version == proxy.version and mine.overlaps(proxy) for proxy in self._proxies)

    def _every_stranger(self) -> Iterable[Guest]:
        return (guest for neighbours in self._strangers.values() for guest in neighbours)

    def _drop_one(self, guests: Iterable[Guest]) -> bool:
        waiting = ((guest.waits_since, id(guest), guest) for guest in guests if guest.waits_since is not None)
        longest = min(waiting, default=None)
        if longest is None:
            return False
        guest = longest[2]
        self.depart(guest)
        guest.drop()
        self._counts.dropped += 1
        self._tell(guest.address)
        return True

    def _tell(self, address: str) -> None:
        """One line a minute at most: whoever opens thousands must not fill the log too."""
        self._untold += 1
        now = self._stopwatch()
        if now - self._told_at >= TOLD_EVERY_SECONDS:
            held = self._counts.strangers
            _log.warning("strangers_turned_away", count=self._untold, address=address, strangers=held)
            self._untold, self._told_at = 0, now


def _neighbourhood(address: str) -> str:
    """The address; of an IPv6 one its network of 64 bits, all of which one caller has."""
    parsed = parse_address(address)
    if parsed is None:
        return LOCAL
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
