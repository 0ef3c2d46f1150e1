"""The state of the user (ready, or paused and why) and what is known of the colleagues', as the server tells it.

Nothing is shown before the server has said it; times run by this PC's own steady clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Heard, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.agent_states import REASONS, REASONS_CHOSEN, STATE_NAMES, AgentState
from callmanager.domain.clock import from_wire
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

_BY_CALLS = frozenset({AgentState.ON_CALL.value, AgentState.WRAP_UP.value})


@dataclass(frozen=True, slots=True)
class PersonState:
    """`state` and `reason` are codes; `began` is when it began by the steady clock, None when that is not told."""

    state: str
    reason: str | None
    began: float | None
    seq: int


class AgentStateModel:
    """`changed` when anybody's state is another; `refused` when the server did not take one; `forced`: who set the
    user's own state, and why, as a finished sentence."""

    def __init__(self, tools: Tools, workplace: Workplace, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tools, self._workplace, self._monotonic = tools, workplace, monotonic
        self._people: dict[int, PersonState] = {}
        self._is_known = self._is_waiting = False
        self.changed: Signal[[]] = Signal()
        self.refused: Signal[[CallManagerError]] = Signal()
        self.forced: Signal[[str]] = Signal()

    @property
    def own(self) -> PersonState | None:
        """The user's; None while it is not known."""
        return self.find(self._workplace.user.user_id)

    @property
    def is_waiting(self) -> bool:
        """A state was asked for and the server has not answered yet."""
        return self._is_waiting

    @property
    def is_paused(self) -> bool:
        """Whether no call reaches the user because he said so, or has just come."""
        return self.own is not None and self.own.state == AgentState.NOT_READY

    @property
    def can_choose(self) -> bool:
        """Whether the user may say another state now: not without the server, and not during a call."""
        return self.own is not None and not self._is_waiting and self.own.state not in _BY_CALLS

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Codes and names of why one may pause."""
        return [(code, self._tools.speech.say(REASONS[code].name)) for code in REASONS_CHOSEN]

    @property
    def text(self) -> str:
        """The user's state in words."""
        own = self.own
        return self._tools.speech.say(N_("State not known")) if own is None else self.describe(own)

    @property
    def seconds(self) -> int | None:
        """How long the user has been in it; None when nobody said since when."""
        own = self.own
        return None if own is None or own.began is None else max(0, int(self._monotonic() - own.began))

    def find(self, user_id: int) -> PersonState | None:
        """What is known of somebody now."""
        return self._people.get(user_id) if self._is_known else None

    def describe(self, person: PersonState) -> str:
        """A state in words, with its reason as far as it is told."""
        say = self._tools.speech.say
        if person.state == AgentState.NOT_READY and person.reason in REASONS:
            name = say(REASONS[person.reason].name)
            return say(N_("Pause: %(reason)s"), reason=name) if person.reason in REASONS_CHOSEN else name
        return say(STATE_NAMES[AgentState(person.state)]) if person.state in list(AgentState) else person.state

    def be_ready(self) -> None:
        """Tell the server that calls may come."""
        self._set(AgentState.READY, None)

    def pause(self, reason: str) -> None:
        """Tell the server that none may, and why (a code of `reasons`)."""
        self._set(AgentState.NOT_READY, reason)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, StatusChanged) and event.status is not Status.LIVE:
            self._people.clear()
            self._is_known = False
            self.changed.emit()
        elif isinstance(event, Heard) and event.event == "agents" and isinstance(event.payload, list):
            self._is_known = True
            self._people = {told["id"]: self._read(told, is_new=False) for told in event.payload}
            self.changed.emit()
        elif isinstance(event, Heard) and event.event == "agent_state" and isinstance(event.payload, Mapping):
            self._take(event.payload)

    def _set(self, state: AgentState, reason: str | None) -> None:
        if not self.can_choose:
            return
        self._is_waiting = True
        self.changed.emit()
        self._tools.background.run(
            lambda: self._workplace.live.set_state(state.value, reason), self._settled, self._not_settled
        )

    def _settled(self, told: Mapping[str, Any]) -> None:
        self._is_waiting = False
        self._take(told)
        self.changed.emit()

    def _not_settled(self, error: CallManagerError) -> None:
        self._is_waiting = False
        self.refused.emit(error)
        self.changed.emit()

    def _take(self, told: Mapping[str, Any]) -> None:
        before = self._people.get(told["id"])
        if before is not None and told["seq"] <= before.seq:
            return  # older news
        self._people[told["id"]] = self._read(told, is_new=True)
        self._is_known = True
        if told["id"] == self._workplace.user.user_id and told.get("by"):
            text = N_("%(name)s set your state: %(state)s. %(why)s")
            shown = self.describe(self._people[told["id"]])
            self.forced.emit(self._tools.speech.say(text, name=told["by"], state=shown, why=told.get("why", "")))
        self.changed.emit()

    def _read(self, told: Mapping[str, Any], *, is_new: bool) -> PersonState:
        """What has just begun begins now; else the clocks of server and PC say how long ago, as well as they agree."""
        began = None
        if told.get("since"):
            ago = 0.0 if is_new else (self._tools.clock.now() - from_wire(told["since"])).total_seconds()
            began = self._monotonic() - max(0.0, ago)
        return PersonState(told["state"], told.get("reason"), began, told["seq"])


def show_duration(seconds: int) -> str:
    """`4:05`, from an hour on `1:04:05`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
