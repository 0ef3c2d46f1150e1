"""Slows the guessing of passwords, over restarts too, without letting one address lock out a person or an office.

It knows account names and addresses, not whether an account exists: unknown names are treated like known ones.
"""

from __future__ import annotations

import hashlib
import math
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from callmanager.domain.clock import Clock, from_wire, to_wire
from callmanager.domain.errors import TooMany
from callmanager.domain.texts import N_
from callmanager.server.security.throttle_store import ThrottleStore

ADDRESS_WINDOW = timedelta(seconds=60)
PAIR_FREE_FAILURES = 5
PAIR_MEMORY = timedelta(hours=1)
PAIR_LONG_MEMORY = timedelta(hours=24)  # of those that are waiting already
ACCOUNT_FREE_FAILURES = 20
ACCOUNT_WINDOW = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)
MOST_KNOWN = 32
MOST_NAME_CHARACTERS = 256
MOST_ROWS = 100_000
PRUNE_EVERY = 500


@dataclass(frozen=True, slots=True)
class _Pair:
    """Failures of one account from one address."""

    failures: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class _Account:
    """Failures of one account in the last hour, and the addresses its owner signed in from."""

    failed_at: tuple[datetime, ...]
    known: dict[str, datetime]


class Throttle:
    """Three rules for attempts to sign in:

    an address may make `per_address` in any 60 seconds; after 5 failures, an account and an address together wait
    1, 2, 4 ... seconds, up to 15 minutes; after 20 failures in an hour, an account waits likewise from every address,
    except from those where its owner signed in within 30 days.

    `check` is followed by `failed` or `succeeded`; until then the attempt counts as failed, so
    that neither many attempts at once nor a crash in the middle are free. A refused attempt changes nothing and
    writes nothing. Safe under threads; with several servers each keeps its own lock, so counts may be off by a few.
    """

    def __init__(self, store: ThrottleStore, clock: Clock, *, per_address: int) -> None:
        self._store = store
        self._per_address = per_address
        self._clock = clock
        self._lock = threading.Lock()
        self._counted = 0

    def check(self, address: str, account: str) -> None:
        """Let one attempt pass, or raise TooMany with the seconds to wait."""
        names = _Names.of(address, account)
        with self._lock:
            now = self._clock.now()
            attempts = self._attempts(names, now)
            pair, whole = self._pair(names, now), self._account(names, now)
            waits = [_address_wait(attempts, self._per_address, now), _pair_wait(pair, now)]
            if names.address not in whole.known:
                waits.append(_account_wait(whole, now))
            _require_no_wait(max(waits))
            self._put_attempts(names, (*attempts, now), now)
            self._put_pair(names, _Pair(pair.failures + 1, now))
            self._put_account(names, replace(whole, failed_at=(*whole.failed_at, now)), now)
            self._prune_at_times(now)

    def failed(self, address: str, account: str) -> None:
        """The password was wrong, or there is no such account: the waits begin now."""
        names = _Names.of(address, account)
        with self._lock:
            now = self._clock.now()
            pair, whole = self._pair(names, now), self._account(names, now)
            self._put_pair(names, _Pair(max(pair.failures, 1), now))
            self._put_account(names, replace(whole, failed_at=(*whole.failed_at[:-1], now)), now)

    def succeeded(self, address: str, account: str) -> None:
        """The password was right: this address is forgiven and known, and the attempt counts against nobody."""
        names = _Names.of(address, account)
        with self._lock:
            now = self._clock.now()
            whole = self._account(names, now)
            known = {**whole.known, names.address: now}
            latest = dict(sorted(known.items(), key=lambda item: item[1])[-MOST_KNOWN:])
            self._store.delete(names.pair_key)
            self._put_account(names, _Account(whole.failed_at[:-1], latest), now)

    def _attempts(self, names: _Names, now: datetime) -> tuple[datetime, ...]:
        state = self._store.get(names.address_key) or {"at": []}
        return _recent(state["at"], now, ADDRESS_WINDOW)

    def _put_attempts(self, names: _Names, attempts: tuple[datetime, ...], now: datetime) -> None:
        self._store.put(names.address_key, {"at": [to_wire(at) for at in attempts]}, now + ADDRESS_WINDOW)

    def _pair(self, names: _Names, now: datetime) -> _Pair:
        state = self._store.get(names.pair_key)
        pair = _Pair(state["failures"], from_wire(state["last_at"])) if state else _Pair(0, now)
        ahead = pair.last_at > now  # written before the clock was set back: forgotten, as in `_recent`
        return pair if not ahead and now < pair.last_at + _pair_memory(pair) else _Pair(0, now)

    def _put_pair(self, names: _Names, pair: _Pair) -> None:
        state = {"failures": pair.failures, "last_at": to_wire(pair.last_at)}
        self._store.put(names.pair_key, state, pair.last_at + _pair_memory(pair))

    def _account(self, names: _Names, now: datetime) -> _Account:
        state: dict[str, Any] = self._store.get(names.account_key) or {"failed_at": [], "known": {}}
        # A clock that was ahead makes nobody known for longer.
        known = {address: min(from_wire(at), now) for address, at in state["known"].items()}
        alive = {address: at for address, at in known.items() if now < at + KNOWN_FOR}
        return _Account(_recent(state["failed_at"], now, ACCOUNT_WINDOW), alive)

    def _put_account(self, names: _Names, account: _Account, now: datetime) -> None:
        state = {
            "failed_at": [to_wire(at) for at in account.failed_at],
            "known": {address: to_wire(at) for address, at in account.known.items()},
        }
        ends = [at + KNOWN_FOR for at in account.known.values()]
        self._store.put(names.account_key, state, max([now + ACCOUNT_WINDOW, *ends]))

    def _prune_at_times(self, now: datetime) -> None:
        if self._counted % PRUNE_EVERY == 0:
            self._store.prune(now, keep=MOST_ROWS)
        self._counted += 1


@dataclass(frozen=True, slots=True)
class _Names:
    """The keys of the rows. Names and addresses are hashed, so that the table reveals neither."""

    address: str
    address_key: str
    pair_key: str
    account_key: str

    @classmethod
    def of(cls, address: str, account: str) -> _Names:
        # Folded at least as far as any look-up of users folds: no spelling of a name gets attempts of its own.
        folded = "".join(unicodedata.normalize("NFKC", account[:MOST_NAME_CHARACTERS]).lower().split())
        place, name = _hashed(address), _hashed(folded)
        return cls(place, f"address:{place}", f"pair:{_hashed(name + place)}", f"account:{name}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _recent(instants: Iterable[str], now: datetime, window: timedelta) -> tuple[datetime, ...]:
    """Those inside the window. What lies ahead was written before the clock was set back, and is forgotten."""
    return tuple(at for at in map(from_wire, instants) if now - window < at <= now)


def _pair_memory(pair: _Pair) -> timedelta:
    return PAIR_LONG_MEMORY if pair.failures >= PAIR_FREE_FAILURES else PAIR_MEMORY


def _address_wait(attempts: tuple[datetime, ...], per_address: int, now: datetime) -> timedelta:
    return attempts[-per_address] + ADDRESS_WINDOW - now if len(attempts) >= per_address else timedelta(0)


def _pair_wait(pair: _Pair, now: datetime) -> timedelta:
    return _growing_wait(pair.failures - PAIR_FREE_FAILURES, pair.last_at, now)


def _account_wait(account: _Account, now: datetime) -> timedelta:
    failed_at = account.failed_at
    return _growing_wait(len(failed_at) - ACCOUNT_FREE_FAILURES, failed_at[-1], now) if failed_at else timedelta(0)


def _growing_wait(step: int, since: datetime, now: datetime) -> timedelta:
    """What is left of 1, 2, 4 ... seconds since the last failure, for step 0, 1, 2 ...; nothing for a step below 0."""
    if step < 0 or since > now:
        return timedelta(0)
    return since + min(timedelta(seconds=2 ** min(step, 10)), LONGEST_WAIT) - now


def _require_no_wait(wait: timedelta) -> None:
    seconds = math.ceil(wait.total_seconds())
    if seconds > 0:
        raise TooMany(
            "sign_in_throttled",
            N_("Too many attempts to sign in. Seconds to wait: %(seconds)s."),
            retry_after_seconds=seconds,
        )
