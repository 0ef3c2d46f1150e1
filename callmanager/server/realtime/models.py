"""Socket events as they look on the wire: what clients send, what is acknowledged, what the server tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from callmanager.server.edges.agent_shapes import Agent
from callmanager.server.edges.call_shapes import Call, CallBrief
from callmanager.server.edges.contact_shapes import ContactGiven, Id
from callmanager.server.edges.shapes import Wire

Seq = Annotated[int, Field(ge=0, le=2**53)]
Token = Annotated[int, Field(ge=1, le=10**15 - 1)]


class SyncAsked(Wire):
    """Where the client stands: what the last page of the feed or the last message said. Nothing, when it has none."""

    epoch: Annotated[str, Field(max_length=80)] = ""
    seq: Seq = 0
    sight: Seq | None = None


class ViewAsked(Wire):
    """The contact on the screen; null when there is none."""

    id: Id | None


class UpdateAsked(Wire):
    """Fields to set on a contact as it stood at `version`."""

    id: Id
    version: Id
    fields: ContactGiven
    token: Token | None = None


class Person(Wire):
    id: int
    online: bool


class Doing(Wire):
    id: int
    name: str
    doing: Literal["view", "edit", "call"]


class Attended(Wire):
    id: int
    people: list[Doing]


class PresenceTold(Wire):
    """Who is connected, and who does what with which contact. A contact without people is free again."""

    people: list[Person]
    contacts: list[Attended]


class SyncAnswer(Wire):
    """`pull`: ask /sync/changes from your position; `snapshot`: start again from /sync/snapshot. `protocol`: the
    server's number of this protocol; one before 2 does not say it."""

    ok: Literal[True]
    epoch: str
    seq: int
    sight: int
    pull: bool
    snapshot: bool
    presence: PresenceTold
    agents: list[Agent]
    protocol: int


class AgentStateTold(Agent):
    """Somebody is in another state. Colleagues are told no reason; whoever was put into it is told by whom and why."""


class CallTold(Wire):
    """A call has come into another state. Its owner and whoever leads him are told everything, others who see the
    contact who is on it. Of two with the same id the one with the higher `seq` is newer."""

    call: Call | CallBrief


class Done(Wire):
    ok: Literal[True]


class Refusal(Wire):
    """`status` is that of the problem document which a request would be answered with."""

    status: Annotated[int, Field(ge=400, le=599)]
    code: str
    detail: str
    fields: dict[str, Any]
    retry_after: int | None = None


class Refused(Wire):
    """The acknowledgement of what was not done."""

    ok: Literal[False]
    error: Refusal


class Updated(Done):
    contact: dict[str, Any]


class ChangesTold(Wire):
    """Everything visible that happened after `prev` up to `seq`. `behind`: too much to send, pull it.

    `records` and `deleted` are as in /sync/changes, without the kinds that have none.
    """

    epoch: str
    prev: int
    seq: int
    behind: Literal[True] | None = None
    changes: list[dict[str, Any]] = Field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    deleted: dict[str, list[int]] = Field(default_factory=dict)


class HeartbeatTold(Wire):
    """Every 30 seconds. Whoever is not at `seq` pulls."""

    epoch: str
    seq: int


class ImportProgressTold(Wire):
    """For whoever imports or takes an import back: how far it is, and at last how the work ended.

    `progress` is [done, total], in rows, or in batches of an undo; total is 0 where nobody counted before.
    """

    import_id: int
    doing: Literal["import", "undo"]
    state: Literal["running", "done", "cancelled", "failed", "undone"]
    progress: Annotated[list[int], Field(min_length=2, max_length=2)]


class NoticeTold(Wire):
    """`stopping`: the server ends; connect again with a random pause."""

    code: Literal["stopping"]


class SignedOutTold(Wire):
    """The right to be here ended; the connection is closed after this."""

    reason: str
    detail: str


class Lock(Wire):
    holder: str
    purpose: Literal["edit", "call"]
    since: datetime
    expires_at: datetime


RightEnded = Literal["signed_out", "key_revoked", "deactivated", "rights_changed"]
"""How the right of a holder ended, and with it his locks."""


class LockedTold(Wire):
    """Somebody has taken the contact. Renewals are not told: the lock lasts until its end is."""

    id: int
    lock: Lock


class UnlockedTold(Wire):
    """The contact is free again."""

    id: int
    reason: Literal["released", "expired", "unanswered", "deleted", RightEnded]


class LockLostTold(Wire):
    """For the holder: stop writing, keep the draft. `by` and `why` say who took the contact over, and why."""

    id: int
    reason: Literal["expired", "unanswered", "taken_over", RightEnded]
    by: str | None
    why: str


class RequestedTold(Wire):
    """For the holder: somebody asks for the contact. Who is idle and has not answered by then loses it."""

    id: int
    by: str
    answer_by: datetime


class AnsweredTold(Wire):
    """For whoever asked: the holder keeps the contact a little longer."""

    id: int
    answer: Literal["keep"]
    until: datetime


TOLD: dict[str, type[Wire]] = {
    "agent_state": AgentStateTold,
    "call": CallTold,
    "changes": ChangesTold,
    "contact_locked": LockedTold,
    "contact_requested": RequestedTold,
    "contact_unlocked": UnlockedTold,
    "heartbeat": HeartbeatTold,
    "import_progress": ImportProgressTold,
    "lock_lost": LockLostTold,
    "notice": NoticeTold,
    "presence": PresenceTold,
    "request_answered": AnsweredTold,
    "signed_out": SignedOutTold,
}
"""What the server tells, by event."""
