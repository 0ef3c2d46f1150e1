"""Who is connected, and who views, edits or calls which contact. In memory only: clients say it again after a restart.

Safe under threads. A person with two windows counts once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.people import Actor
from callmanager.domain.permissions import Visibility

VIEW, EDIT, CALL = "view", "edit", "call"
_RANK = {VIEW: 0, EDIT: 1, CALL: 2}


@dataclass(slots=True)
class _Window:
    actor: Actor
    viewing: int | None = None


@dataclass(slots=True)
class Stirred:
    """What changed since it was last taken: users, contacts, and the scopes that contacts have left."""

    users: set[int] = field(default_factory=set)
    contacts: set[int] = field(default_factory=set)
    left: dict[int, set[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.users or self.contacts)


class Presence:
    """The board. `on_stir` is called from any thread whenever there is something new to tell."""

    def __init__(self, on_stir: Callable[[], None]) -> None:
        self._on_stir = on_stir
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._leases: dict[int, tuple[Actor, str]] = {}
        self._scopes: dict[int, str] = {}
        self._stirred = Stirred()

    def arrive(self, sid: str, actor: Actor) -> None:
        """A window of `actor` has connected."""
        with self._lock:
            self._windows[sid] = _Window(actor)
            self._stirred.users.add(actor.id)
        self._on_stir()

    def depart(self, sid: str) -> None:
        """A window has gone; whoever it viewed is viewed no more."""
        with self._lock:
            window = self._windows.pop(sid, None)
            if window is None:
                return
            self._stirred.users.add(window.actor.id)
            self._stir(window.viewing)
        self._on_stir()

    def view(self, sid: str, contact_id: int | None, scope: str = "") -> None:
        """A window shows this contact, which bears `scope`; None when it shows none."""
        with self._lock:
            window = self._windows.get(sid)
            if window is None or window.viewing == contact_id:
                return
            self._stir(window.viewing)
            window.viewing = contact_id
            if contact_id is not None:
                self._scopes[contact_id] = scope
            self._stir(contact_id)
        self._on_stir()

    def hold(self, contact_id: int, scope: str, actor: Actor | None, doing: str = EDIT) -> None:
        """Who holds the lease of a contact and what for (EDIT, CALL); None when it was given up or has expired."""
        with self._lock:
            if actor is None:
                self._leases.pop(contact_id, None)
            else:
                self._leases[contact_id] = (actor, doing)
            self._scopes.setdefault(contact_id, scope)
            self._stir(contact_id)
        self._on_stir()

    def rescope(self, moved: Iterable[tuple[int, str]]) -> None:
        """Contacts bear another scope now. Who could see them and no longer may is told that nobody is there."""
        with self._lock:
            for contact_id, scope in moved:
                before = self._scopes.get(contact_id)
                if before is not None and before != scope:
                    self._scopes[contact_id] = scope
                    self._stirred.left.setdefault(contact_id, set()).add(before)
                    self._stir(contact_id)
        self._on_stir()

    def take_stirred(self) -> Stirred:
        """What changed since the last call."""
        with self._lock:
            self._forget_scopes(self._doings())
            stirred, self._stirred = self._stirred, Stirred()
        return stirred

    def report(self, sight: Visibility, stirred: Stirred | None = None) -> dict[str, Any]:
        """`{people: [{id, online}], contacts: [{id, people: [{id, name, doing}]}]}` as far as `sight` goes.

        Of what was stirred, or of everything.
        """
        with self._lock:
            online = {window.actor.id: window.actor.name for window in self._windows.values()}
            there = self._doings()
            scopes = dict(self._scopes)
        wanted = set(there) if stirred is None else stirred.contacts
        left = {} if stirred is None else stirred.left
        people = [_person(user_id, online) for user_id in sorted(online if stirred is None else stirred.users)]
        contacts = []
        for contact_id in sorted(wanted):
            if sight.covers(scopes.get(contact_id, "admins")):
                contacts.append({"id": contact_id, "people": _people(there.get(contact_id, {}))})
            elif any(sight.covers(scope) for scope in left.get(contact_id, ())):
                contacts.append({"id": contact_id, "people": []})
        return {"people": people, "contacts": contacts}

    def _stir(self, contact_id: int | None) -> None:
        if contact_id is not None:
            self._stirred.contacts.add(contact_id)

    def _doings(self) -> dict[int, dict[int, tuple[str, str]]]:
        """By contact and user: the name and the most that any of his windows does."""
        there: dict[int, dict[int, tuple[str, str]]] = {}
        done = [(window.viewing, window.actor, VIEW) for window in self._windows.values() if window.viewing is not None]
        done += [(contact_id, actor, doing) for contact_id, (actor, doing) in self._leases.items()]
        for contact_id, actor, doing in done:
            known = there.setdefault(contact_id or 0, {}).get(actor.id, ("", VIEW))[1]
            there[contact_id or 0][actor.id] = (actor.name, max(known, doing, key=_RANK.__getitem__))
        return there

    def _forget_scopes(self, there: Iterable[int]) -> None:
        """Keep the scopes of contacts where somebody is, and of those that are still to be told of."""
        kept = {*there, *self._stirred.contacts}
        if len(self._scopes) > 2 * len(kept) + 1_000:
            self._scopes = {contact_id: scope for contact_id, scope in self._scopes.items() if contact_id in kept}


def _person(user_id: int, online: dict[int, str]) -> dict[str, Any]:
    return {"id": user_id, "online": user_id in online}


def _people(there: dict[int, tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"id": user_id, "name": name, "doing": doing} for user_id, (name, doing) in sorted(there.items())]
