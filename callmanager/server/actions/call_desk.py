"""What every action of calls works with: whose call it is, what it does to his state, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from callmanager.domain.agent_states import AgentState
from callmanager.domain.calls import up_since
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Forbidden, NotFound
from callmanager.domain.office import Office
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, can_touch, reach, visibility
from callmanager.domain.texts import N_
from callmanager.server.actions.agent_states import set_by_call
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.announcements import Announcements
from callmanager.server.changes.entities import CALL, CONTACT, USER, call_to_wire
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.leases.ledger import Leases
from callmanager.server.storage.tables import contacts


@dataclass(frozen=True, slots=True)
class CallNews:
    """`full` and `brief` are what the event carries; `user_team` is the team of whoever calls, `contact_team` whose
    contact it is."""

    user_id: int
    user_team: int | None
    contact_team: int | None
    full: Mapping[str, Any]
    brief: Mapping[str, Any]

    def shown_to(self, actor: Actor) -> Mapping[str, Any] | None:
        """All of it to himself and to whoever may force his state; to others who see the contact who is on it."""
        if reach(actor, Permission.CALL_READ) is None:
            return None
        if actor.id == self.user_id or can_touch(actor, Permission.AGENT_FORCE, self.user_team):
            return self.full
        return self.brief if visibility(actor).covers_team(self.contact_team) else None


@dataclass(frozen=True, slots=True)
class CallDesk:
    """The parts of the server that a call touches; `region` is where numbers without a country are."""

    leases: Leases
    states: StateLedger
    announcements: Announcements
    region: str
    office: Office

    def announce(self, tx: Transaction, call: Record) -> None:
        """Tell the call as it is now, once it is saved, to each as much as he may know."""
        user = tx.get(USER, call["user_id"])
        full = {**call_to_wire(call.row), "user": user["username"]}
        brief = {name: full[name] for name in ("id", "contact_id", "user_id", "user", "state", "seq")}
        brief["since"] = to_wire(up_since(call.row))
        team_id = tx.connection.execute(select(contacts.c.team_id).where(contacts.c.id == call["contact_id"])).scalar()
        news = CallNews(user.id, user["team_id"], team_id, {"call": full}, {"call": brief})
        tx.after_commit(partial(self.announcements.to_each, "call", news.shown_to))

    def move_agent(
        self, tx: Transaction, user_id: int, state: AgentState, *, of: AgentState, since: datetime | None = None
    ) -> None:
        """Put whoever calls into the state that follows, unless he is in another one than that `of` the call by now."""
        current = self.states.find(tx, user_id)
        if current is not None and current["state"] == of.value:
            set_by_call(tx, self.states, user_id, state, since=since)

    def begin_call(self, tx: Transaction, user_id: int) -> None:
        """He is on a call now; who is not signed in at a desktop has no states."""
        current = self.states.find(tx, user_id)
        if current is not None and current["state"] != AgentState.OFFLINE.value:
            set_by_call(tx, self.states, user_id, AgentState.ON_CALL)


def show_call(tx: Transaction, call: Record) -> dict[str, Any]:
    """The call as it goes on the wire."""
    return {**call_to_wire(call.row), "user": tx.get(USER, call["user_id"])["username"]}


def get_own(tx: Transaction, call_id: int) -> Record:
    """A call that the actor has made, wherever its contact is by now. Raises NotFound, Forbidden."""
    call = tx.find(CALL, call_id)
    if call is None:
        raise call_not_found(call_id)
    if call["user_id"] != tx.actor.id:
        contact = tx.get(CONTACT, call["contact_id"])
        if not visibility(tx.actor).covers_team(contact["team_id"]):
            raise call_not_found(call_id)
        raise Forbidden(
            "call_of_another", N_("Only whoever made this call can say what became of it."), fields={"id": call_id}
        )
    return call


def call_not_found(call_id: int) -> NotFound:
    return NotFound(
        "call_not_found", N_("There is no such call, or you may not see it. Reload the list."), fields={"id": call_id}
    )
