"""Who is there and what each does with which contact, from what the server tells. In memory; one's own is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Heard, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

VIEW, EDIT, CALL = "view", "edit", "call"
_RANK = {VIEW: 0, EDIT: 1, CALL: 2}
_TEXTS = {VIEW: N_("◉ %(name)s views"), EDIT: N_("✎ %(name)s edits"), CALL: N_("☎ %(name)s calls")}
_SEVERAL = {VIEW: N_("◉ %(count)s view"), EDIT: N_("✎ %(name)s +%(more)s"), CALL: N_("☎ %(name)s +%(more)s")}
LOCK_GRACE = timedelta(seconds=120)
"""So long after a lock was heard of last, its end may have been missed: ask the server who is there."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a person does with a contact: view, edit or call."""

    user_id: int
    name: str
    doing: str


@dataclass(frozen=True, slots=True)
class Badge:
    """What the list shows beside a contact. `is_busy`: it is held, not only looked at."""

    text: str
    doing: str
    name: str

    @property
    def is_busy(self) -> bool:
        return self.doing != VIEW


class PresenceModel:
    """`changed(contact_ids)` names the contacts whose badge may be another; None: all of them."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._online: set[int] = set()
        self._there: dict[int, dict[str, Doing]] = {}
        self._told_at: dict[int, datetime] = {}
        self._is_known = False
        self.changed: Signal[[frozenset[int] | None]] = Signal()

    @property
    def is_known(self) -> bool:
        """Whether there is a connection that tells it. Without one nobody is shown, neither there nor away."""
        return self._is_known

    def is_online(self, user_id: int) -> bool:
        """Whether a colleague has a window open."""
        return user_id in self._online

    def doings_of(self, user_id: int) -> list[tuple[int, str]]:
        """Contacts and what a colleague does with them, the most important first."""
        found = [
            (contact_id, one.doing)
            for contact_id, there in self._there.items()
            for one in there.values()
            if one.user_id == user_id
        ]
        return sorted(found, key=lambda one: (-_RANK.get(one[1], 0), one[0]))

    def others_at(self, contact_id: int) -> list[Doing]:
        """Who else is at a contact, the most important first."""
        there = self._there.get(contact_id, {})
        me = self._workplace.user
        others = [one for one in there.values() if one.user_id != me.user_id and one.name != me.username]
        return sorted(others, key=lambda one: (-_RANK.get(one.doing, 0), one.name))

    def badge(self, contact_id: int) -> Badge | None:
        """What somebody else does with a contact, in words; None when nobody else is there."""
        if contact_id not in self._there:
            return None
        others = self.others_at(contact_id)
        if not others:
            return None
        first, more = others[0], len(others) - 1
        text = (_SEVERAL if more else _TEXTS).get(first.doing, _TEXTS[VIEW])
        said = self._tools.speech.say(text, name=first.name, more=more, count=len(others))
        return Badge(said, first.doing, first.name)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, StatusChanged) and event.status is not Status.LIVE:
            self._forget()
        elif isinstance(event, Heard):
            takers = {
                "presence": self._take_presence,
                "contact_locked": self._take_lock,
                "contact_unlocked": self._take_end,
            }
            if event.event in takers and isinstance(event.payload, Mapping):
                takers[event.event](event.payload)

    def check(self) -> None:
        """Call it now and then: what was told long ago is asked again, in case its end was never heard of."""
        now = self._tools.clock.now()
        is_old = any(now - at > LOCK_GRACE for at in self._told_at.values())
        if self._is_known and is_old:
            self._tools.background.run(self._ask, self._take_whole, self._keep, only_newest="presence.check")

    def _ask(self) -> Any:
        position = self._workplace.store.replica.position
        return None if position is None else self._workplace.live.sync(position).presence

    def _keep(self, _error: CallManagerError) -> None:
        """Without a connection the sync tells, and everything is forgotten then."""

    def _take_presence(self, told: Mapping[str, Any]) -> None:
        """What has changed, or after a connection was opened, everything."""
        if not self._is_known:
            self._take_whole(told)
            return
        self._take_people(told)
        touched = frozenset(self._take_contact(contact) for contact in told.get("contacts", ()))
        self.changed.emit(touched)

    def _take_whole(self, told: Mapping[str, Any] | None) -> None:
        if told is None:
            return
        self._is_known = True
        for kept in (self._online, self._there, self._told_at):
            kept.clear()
        self._take_people(told)
        for contact in told.get("contacts", ()):
            self._take_contact(contact)
        self.changed.emit(None)

    def _take_people(self, told: Mapping[str, Any]) -> None:
        for person in told.get("people", ()):
            (self._online.add if person["online"] else self._online.discard)(person["id"])

    def _take_contact(self, contact: Mapping[str, Any]) -> int:
        contact_id: int = contact["id"]
        self._set(contact_id, {x["name"]: Doing(x["id"], x["name"], x["doing"]) for x in contact["people"]})
        return contact_id

    def _take_lock(self, told: Mapping[str, Any]) -> None:
        """Told at once, before the presence is; it names the holder but not his number."""
        holder, purpose = told["lock"]["holder"], told["lock"]["purpose"]
        there = self._without_holder(told["id"])
        number = there[holder].user_id if holder in there else 0
        self._set(told["id"], {**there, holder: Doing(number, holder, purpose)})
        self.changed.emit(frozenset({told["id"]}))

    def _take_end(self, told: Mapping[str, Any]) -> None:
        self._set(told["id"], self._without_holder(told["id"]))
        self.changed.emit(frozenset({told["id"]}))

    def _without_holder(self, contact_id: int) -> dict[str, Doing]:
        """Only those who look. Who held it may look on: the presence that follows tells."""
        return {key: one for key, one in self._there.get(contact_id, {}).items() if one.doing == VIEW}

    def _set(self, contact_id: int, there: dict[str, Doing]) -> None:
        if there:
            self._there[contact_id] = there
            self._told_at[contact_id] = self._tools.clock.now()
        else:
            self._there.pop(contact_id, None)
            self._told_at.pop(contact_id, None)

    def _forget(self) -> None:
        self._is_known = False
        for kept in (self._online, self._there, self._told_at):
            kept.clear()
        self.changed.emit(None)
