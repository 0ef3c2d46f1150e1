"""Tells IT, once for each, of forwarders that are not in TRUSTED_PROXIES: until they are listed, all who come through
one are counted and logged as one address."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from callmanager.server.logs import get_log
from callmanager.server.security.hosts import find_forwarding, is_listed_proxy

MOST_TOLD = 64

_log = get_log("proxies")


class UnlistedForwarders:
    """Remembers of whom it told, up to MOST_TOLD peers; whoever sends forged headers cannot fill the log."""

    def __init__(self, trusted_proxies: Collection[str]) -> None:
        self._trusted = tuple(trusted_proxies)
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def note(self, peer: str, headers: Mapping[str, str], http_version: str) -> None:
        """Look at one request of the TCP peer `peer`. Safe under threads."""
        shown_by = find_forwarding(headers, http_version=http_version)
        if shown_by is None or peer in self._told or is_listed_proxy(peer, self._trusted):
            return
        with self._lock:
            if peer in self._told or len(self._told) >= MOST_TOLD:
                return
            self._told.add(peer)
        _log.warning(
            "unlisted_proxy",
            peer=peer,
            shown_by=shown_by,
            advice=f'If this is a proxy of yours, set TRUSTED_PROXIES = ["{peer}"] and let it send X-Forwarded-For.',
        )
