"""The user's own day in figures: attempts, contacts, talk and wrap-up, what is measured and what is estimated apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from callmanager.desktop.models.agent_state import show_duration
from callmanager.desktop.models.calling.call_list import RESULT_TEXTS
from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.agent_states import REASONS, STATE_NAMES, AgentState
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its name; `note` says how it comes about, "" when that is plain."""

    label: str
    value: str
    note: str = ""


class DayModel:
    """`load`, and `changed` when it is there. `earlier` and `later` go through the days."""

    def __init__(self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel) -> None:
        self._tools, self._workplace, self._dispositions = tools, workplace, dispositions
        self._day: Mapping[str, Any] | None = None
        self._date = self.today
        self.is_loading = False
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def today(self) -> date:
        """By the PC's clock."""
        return self._tools.clock.now().astimezone().date()

    @property
    def day(self) -> date:
        """The day shown."""
        return self._date

    @property
    def date_text(self) -> str:
        """`22/11/2026`."""
        return f"{self._date:%d/%m/%Y}"

    @property
    def is_known(self) -> bool:
        """Whether the server has told the figures of the day shown."""
        return self._day is not None

    @property
    def calls(self) -> list[Figure]:
        """Attempts, answered, contacts."""
        say, sums = self._tools.speech.say, self._sums
        if sums is None:
            return []
        return [
            Figure(say(N_("Attempts")), str(sums["attempts"]), say(N_("Calls that were dialled"))),
            Figure(say(N_("Answered")), str(sums["answered"]), say(N_("Somebody or something took the call"))),
            Figure(say(N_("Contacts")), str(sums["contacts"]), say(N_("The outcome says so"))),
        ]

    @property
    def times(self) -> list[Figure]:
        """Talk measured, talk estimated, wrap-up."""
        say, sums = self._tools.speech.say, self._sums
        if sums is None:
            return []
        return [
            Figure(say(N_("Talk")), _shown(sums["talk_seconds"]), say(N_("As the phone told it"))),
            Figure(
                say(N_("Talk, estimated")),
                _shown(sums["talk_seconds_estimated"]),
                say(N_("From calls whose states nobody confirmed")),
            ),
            Figure(say(N_("Wrap-up")), _shown(sums["wrap_up_seconds"]), say(N_("From end to outcome"))),
        ]

    @property
    def states(self) -> list[Figure]:
        """The time of the day by states, pauses by their reasons, and the sum."""
        day, say = self._day, self._tools.speech.say
        if day is None:
            return []
        spent = [
            Figure(say(_state_name(state)), _shown(seconds))
            for state, seconds in day["seconds"].items()
            if seconds and state not in (AgentState.OFFLINE, AgentState.NOT_READY)
        ]
        pauses = [
            Figure(say(N_("Pause: %(reason)s"), reason=say(_reason_name(reason))), _shown(seconds))
            for reason, seconds in day["reasons"].items()
            if seconds
        ]
        return [*spent, *pauses, Figure(say(N_("Signed in, in all")), _shown(day["login_seconds"]))]

    @property
    def results(self) -> list[Figure]:
        """How many calls ended how."""
        say, sums = self._tools.speech.say, self._sums
        found = {} if sums is None else sums["results"]
        return [Figure(say(RESULT_TEXTS.get(name, name)), str(count)) for name, count in _most_first(found)]

    @property
    def outcomes(self) -> list[Figure]:
        """How many calls came to which outcome, most first."""
        sums = self._sums
        found = {} if sums is None else sums["dispositions"]
        return [Figure(self._dispositions.name(code), str(count)) for code, count in _most_first(found)]

    @property
    def can_go_later(self) -> bool:
        """Whether the day shown is not today."""
        return self._date < self.today

    def load(self) -> None:
        """Ask the server for the day shown."""
        self.is_loading, self.problem = True, None
        day, ask = self._date, self._workplace.remote.ask
        midnight = datetime.combine(day, time()).astimezone().utcoffset() or timedelta()
        query = {"date": day.isoformat(), "offset": int(midnight.total_seconds() // 60)}
        self._tools.background.run(
            lambda: ask("GET", "/agents/me/day", query=query).body, self._take, self._failed, only_newest="calling.day"
        )
        self.changed.emit()

    def earlier(self) -> None:
        """Show the day before."""
        self._go(self._date - timedelta(days=1))

    def later(self) -> None:
        """Show the day after."""
        if self.can_go_later:
            self._go(self._date + timedelta(days=1))

    def show_today(self) -> None:
        """Show today."""
        self._go(self.today)

    @property
    def _sums(self) -> Mapping[str, Any] | None:
        return None if self._day is None else self._day.get("calls")

    def _go(self, day: date) -> None:
        self._date, self._day = day, None
        self.load()

    def _take(self, day: Mapping[str, Any]) -> None:
        self.is_loading, self._day = False, day
        self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.is_loading, self.problem = False, error
        self.changed.emit()


def _shown(seconds: float) -> str:
    return show_duration(round(seconds))


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda one: -one[1])


def _state_name(state: str) -> str:
    return STATE_NAMES[AgentState(state)] if state in list(AgentState) else state


def _reason_name(reason: str) -> str:
    return REASONS[reason].name if reason in REASONS else reason
