"""Who else works on the open contact: shown, asked for it, answered, taken over from, and told when it is lost here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.editing import Editing
from callmanager.desktop.models.card.open_card import Mode, OpenCard
from callmanager.desktop.models.card.words import Sentence, local_clock, sentence
from callmanager.desktop.wire import Lease, Record
from callmanager.domain.errors import CallManagerError, Locked
from callmanager.domain.texts import N_

EDIT, CALL, VIEW = "edit", "call", "view"
_LOST: dict[str, str] = {
    "taken_over": N_("%(by)s took this contact over: %(why)s. What you typed is kept as a draft."),
    "unanswered": N_("Somebody asked for this contact and got it, since nobody answered here. Your text is a draft."),
    "expired": N_("The connection was away too long, so the contact was freed. What you typed is kept as a draft."),
    "deleted": N_("This contact was archived. What you typed is kept as a draft."),
}
_LOST_ANYHOW = N_("You no longer hold this contact. What you typed is kept as a draft.")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody else who edits or calls the contact; `since` is wire time when it is known."""

    name: str
    purpose: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Somebody wants the contact that is held here; who is idle until `answer_by` loses it."""

    by: str
    answer_by: str


class Locks:
    """`holder`, `viewers` and `asked_for` of the open contact."""

    def __init__(self, card: OpenCard, editing: Editing) -> None:
        self._card, self._editing = card, editing
        self._people: dict[int, list[dict[str, Any]]] = {}
        self._locks: dict[int, Holder] = {}
        self._wanted: int | None = None
        self.asked_for: AskedFor | None = None
        editing.refused.connect(self.refused)

    @property
    def holder(self) -> Holder | None:
        """Who else holds the open contact, or None."""
        card = self._card
        if card.contact_id is None or card.workplace.held.find(card.contact_id) is not None:
            return None
        known = self._locks.get(card.contact_id)
        if known is not None:
            return known
        busy = [one for one in self._others() if one["doing"] in (EDIT, CALL)]
        return Holder(busy[0]["name"], busy[0]["doing"]) if busy else None

    @property
    def viewers(self) -> list[str]:
        """Who else has the contact open, to look at it."""
        return [one["name"] for one in self._others() if one["doing"] == VIEW]

    def request(self) -> None:
        """Ask the holder for the contact."""
        contact_id = self._card.contact_id
        if contact_id is None or self.holder is None:
            return
        holder = self.holder.name
        self._wanted = contact_id
        self._card.run(
            lambda: self._card.workplace.live.request_contact(contact_id),
            lambda _none: self._card.tell(sentence(N_("%(name)s was asked for the contact."), name=holder)),
            self._not_asked,
        )

    def take_over(self, reason: str) -> None:
        """Take the contact from its holder, who is told why; then it is edited here."""
        contact_id = self._card.contact_id
        if contact_id is None or self._card.mode is not Mode.READING:
            return
        self._card.mode = Mode.TAKING
        self._card.changed.emit()
        self._card.tools.background.run(
            lambda: self._take_over(contact_id, reason),
            lambda record: self._took_over(contact_id, record),
            lambda error: self._not_taken(contact_id, error),
        )

    def answer(self, *, release: bool) -> None:
        """Let the contact go, what was typed stays as a draft; or keep it two minutes more."""
        card, contact_id = self._card, self._card.contact_id
        if self.asked_for is None or contact_id is None:
            return
        by, self.asked_for = self.asked_for.by, None
        if release:
            self._editing.stop_keeping_draft()
            card.tell(sentence(N_("%(name)s has the contact now."), name=by))
        else:
            card.run(lambda: card.workplace.live.answer_request(contact_id, "keep"), lambda _none: None, card.fail)
        card.changed.emit()

    def refused(self, error: CallManagerError) -> None:
        """Perhaps the server said who holds the contact."""
        lock = error.fields if isinstance(error, Locked) else error.fields.get("lock")
        if self._card.contact_id is not None and isinstance(lock, dict) and lock.get("holder"):
            self._locks[self._card.contact_id] = _holder(lock)

    def lost(self, contact_id: int, said: Sentence | None = None) -> None:
        """The contact is not held here any more, and nobody gave it back."""
        card = self._card
        if card.contact_id != contact_id or not (card.is_editing or said is not None):
            return
        self.asked_for = None
        if card.is_editing:
            card.workplace.held.forget(contact_id)
            card.read_only()
        card.problem = said or sentence(_LOST_ANYHOW)
        card.changed.emit()

    def offline(self) -> None:
        """Nobody tells who is where until the connection is back."""
        self._people.clear()
        self._locks.clear()
        self.asked_for = None

    def hear(self, event: str, payload: Any) -> None:
        """Take in an event of the socket."""
        work: dict[str, Callable[[Any], None]] = {
            "presence": self._on_presence,
            "contact_locked": self._on_locked,
            "contact_unlocked": self._on_unlocked,
            "contact_requested": self._on_requested,
            "request_answered": self._on_answered,
            "lock_lost": self._on_lost,
        }
        if event in work and isinstance(payload, dict):
            work[event](payload)
            self._card.changed.emit()

    def _others(self) -> list[dict[str, Any]]:
        me = self._card.workplace.user.user_id
        return [one for one in self._people.get(self._card.contact_id or 0, ()) if one["id"] != me]

    def _on_presence(self, payload: dict[str, Any]) -> None:
        for contact in payload.get("contacts", ()):
            self._people[contact["id"]] = contact["people"]
            if not contact["people"]:
                del self._people[contact["id"]]

    def _on_locked(self, payload: dict[str, Any]) -> None:
        holder = _holder(payload["lock"])
        if holder.name != self._card.workplace.user.username:
            self._locks[payload["id"]] = holder

    def _on_unlocked(self, payload: dict[str, Any]) -> None:
        contact_id = payload["id"]
        self._locks.pop(contact_id, None)
        people = self._people.get(contact_id, [])
        self._people[contact_id] = [one for one in people if one["doing"] not in (EDIT, CALL)]
        if self._card.contact_id == contact_id and isinstance(self._card.problem, Locked):
            self._card.problem = None
        if self._wanted == contact_id == self._card.contact_id:
            self._wanted = None
            self._card.tell(sentence(N_("The contact is free now.")), N_("Edit"), self._editing.begin)

    def _on_requested(self, payload: dict[str, Any]) -> None:
        if payload["id"] == self._card.contact_id:
            self.asked_for = AskedFor(payload["by"], payload["answer_by"])

    def _on_answered(self, payload: dict[str, Any]) -> None:
        if payload["id"] == self._wanted:
            self._wanted = None
            until = local_clock(payload["until"])
            self._card.tell(sentence(N_("The contact is still needed until %(time)s. Ask again then."), time=until))

    def _on_lost(self, payload: dict[str, Any]) -> None:
        message = _LOST.get(payload["reason"], _LOST_ANYHOW)
        self.lost(payload["id"], sentence(message, by=payload.get("by") or "", why=payload.get("why") or ""))

    def _not_asked(self, error: CallManagerError) -> None:
        self._wanted = None
        if error.code == "contact_not_held":
            self._locks.pop(self._card.contact_id or 0, None)
        self._card.fail(error)

    def _take_over(self, contact_id: int, reason: str) -> Record:
        workplace = self._card.workplace
        given = {"purpose": EDIT, "reason": reason}
        lease = workplace.remote.ask("POST", f"/contacts/{contact_id}/lock/take-over", body=given).body
        workplace.held.hold(Lease(contact_id, lease["token"], lease["expires_at"]))
        return workplace.remote.get_contact(contact_id)

    def _took_over(self, contact_id: int, record: Record) -> None:
        self._locks.pop(contact_id, None)
        if self._card.contact_id == contact_id:
            self._editing.enter(record, with_draft=False)
        else:
            self._editing.give_back(contact_id)

    def _not_taken(self, contact_id: int, error: CallManagerError) -> None:
        if self._card.contact_id == contact_id:
            self._card.mode = Mode.READING
            self._card.fail(error)


def _holder(lock: dict[str, Any]) -> Holder:
    return Holder(lock["holder"], lock["purpose"], lock.get("since"))
