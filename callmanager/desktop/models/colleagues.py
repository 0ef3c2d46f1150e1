"""The colleagues: who is there, what each does at this moment, in which team. From presence and the replica."""

from __future__ import annotations

from dataclasses import dataclass

from callmanager.desktop.models.agent_state import AgentStateModel
from callmanager.desktop.models.presence import CALL, EDIT, VIEW, PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Applied
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.agent_states import AgentState
from callmanager.domain.people import Role, is_person
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_

HERE, AWAY, UNKNOWN = "here", "away", "unknown"
_STATES = {HERE: N_("● Signed in"), AWAY: N_("○ Not signed in"), UNKNOWN: N_("? Not known without a connection")}
_DOING = {VIEW: N_("views %(name)s"), EDIT: N_("edits %(name)s"), CALL: N_("calls %(name)s")}
_ROLES = {
    Role.AGENT.value: N_("Agent"),
    Role.TEAM_LEAD.value: N_("Team lead"),
    Role.MANAGER.value: N_("Project manager"),
    Role.ADMIN.value: N_("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """`state` is here, away or unknown; the texts are sentences. `contact_id`: the one that he works on."""

    id: int
    name: str
    state: str
    state_text: str
    doing: str
    team: str
    role: str
    contact_id: int | None


class ColleaguesModel:
    """`changed` when somebody comes, goes or does something else."""

    def __init__(
        self, tools: Tools, workplace: Workplace, presence: PresenceModel, states: AgentStateModel | None = None
    ) -> None:
        self._tools, self._workplace, self._presence = tools, workplace, presence
        self._states = states or AgentStateModel(tools, workplace)
        self._replica = workplace.store.replica
        self.changed: Signal[[]] = Signal()
        presence.changed.connect(lambda _contacts: self.changed.emit())
        self._states.changed.connect(self.changed.emit)

    @property
    def colleagues(self) -> list[Colleague]:
        """All people with an account, those who are there first, then by name. The user himself is among them."""
        teams = {row["id"]: row["name"] for row in self._replica.list_records("team")}
        me = self._workplace.user.user_id
        users = [
            row
            for row in self._replica.list_records("user")
            if row["active"] and (is_person(row["username"]) or row["id"] == me)
        ]
        found = [self._colleague(row, teams) for row in users]
        return sorted(found, key=lambda one: (one.state != HERE, sort_key(one.name)))

    @property
    def summary(self) -> str:
        """How many are there."""
        if not self._presence.is_known:
            return self._tools.speech.say(N_("Without a connection nobody knows who is there."))
        people = self.colleagues
        here = sum(one.state == HERE for one in people)
        return self._tools.speech.say(N_("%(here)s of %(count)s are signed in"), here=here, count=len(people))

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, Applied) and (event.is_snapshot or event.ids.get("user") or event.ids.get("team")):
            self.changed.emit()

    def _colleague(self, row: Record, teams: dict[int, str]) -> Colleague:
        say = self._tools.speech.say
        state = UNKNOWN
        if self._presence.is_known:
            state = HERE if self._presence.is_online(row["id"]) else AWAY
        doings = self._presence.doings_of(row["id"])
        first = doings[0] if doings else None
        is_own = row["id"] == self._workplace.user.user_id
        name = say(N_("%(name)s (you)"), name=row["username"]) if is_own else row["username"]
        doing = "" if first is None else say(_DOING.get(first[1], _DOING[VIEW]), name=self._contact_name(first[0]))
        role = say(_ROLES[row["role"]]) if row["role"] in _ROLES else row["role"]
        team = teams.get(row["team_id"] or 0, "")
        text = self._state_text(row["id"], state)
        return Colleague(row["id"], name, state, text, doing, team, role, first and first[0])

    def _state_text(self, user_id: int, state: str) -> str:
        """What he says that he is, while he is there; else whether he is."""
        known = self._states.find(user_id) if state == HERE else None
        if known is None or known.state == AgentState.OFFLINE:
            return self._tools.speech.say(_STATES[state])
        return f"● {self._states.describe(known)}"

    def _contact_name(self, contact_id: int) -> str:
        contact = self._replica.find_contact(contact_id)
        return f"#{contact_id}" if contact is None else contact["name"] or contact["phone"]
