"""What the bar at the bottom says: the server, how current the list is, what waits to be sent. No better than it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from callmanager.desktop.models.times import show_wire_clock
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.sync_events import Applied, Heard, Progress, Rewritten, Status, StatusChanged
from callmanager.desktop.workplace import SendingWaits, UnsentChanged, WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

MEASURE_SECONDS = 15
STOPPING_SECONDS = 60
"""So long a server that said that it stops is taken for one that comes back in a moment."""
_LATENCY = "status.latency"


class StatusModel:
    """`changed` after every event that shows. The texts are sentences in the language of the moment."""

    def __init__(self, tools: Tools, workplace: Workplace, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tools, self._workplace, self._monotonic = tools, workplace, monotonic
        self._status = workplace.sync.status
        self._error: CallManagerError | None = None
        self._head = 0
        self._progress: Progress | None = None
        self._is_rewritten = self._is_heard = False
        self._stopping_at: float | None = None
        self._waiting = self._refused = 0
        self._latency: int | None = None
        self._has_waited = False
        self.delivered: Signal[[]] = Signal()
        """All that the server could not be told at once is saved there now."""
        self.kept: Signal[[]] = Signal()
        """Something was given to the outbox: call `note_kept` when it should have been sent by now."""
        self.changed: Signal[[]] = Signal()
        self._count()

    @property
    def status(self) -> Status:
        """How the list gets its news."""
        return self._status

    @property
    def is_online(self) -> bool:
        """Whether the server answers."""
        return self._status in (Status.LIVE, Status.POLLING)

    @property
    def server(self) -> str:
        """The address, as people type it."""
        return self._workplace.remote.address.removeprefix("http://").removeprefix("https://")

    @property
    def user(self) -> str:
        """Who is signed in."""
        return self._workplace.user.username

    @property
    def behind(self) -> int:
        """How many changes the server has that the list here has not."""
        here = self._workplace.store.replica.position
        return max(0, self._head - (here.seq if here else 0))

    @property
    def waiting(self) -> int:
        """Requests that are kept here until the server takes them."""
        return self._waiting

    @property
    def refused(self) -> int:
        """Requests that the server refused and the user has to decide about."""
        return self._refused

    @property
    def latency_milliseconds(self) -> int | None:
        """How long the server took for a small answer; None when it is not known now."""
        return self._latency if self.is_online else None

    @property
    def connection_text(self) -> str:
        """The state in words: never that all is well when it is not known."""
        say = self._tools.speech.say
        if self._is_rewritten:
            return say(N_("The server's history was rewritten. Tell an administrator."))
        if self._progress is not None and self._progress.total > 0:
            percent = min(100, 100 * self._progress.done // self._progress.total)
            return say(N_("Fetching the list: %(percent)s %%"), percent=percent)
        if self._status is Status.LIVE:
            return say(N_("Live"))
        if self._status is Status.POLLING:
            return say(N_("Asking every few seconds"))
        if self._status is Status.SIGNED_OUT:
            return say(N_("Signed out by the server"))
        return self._offline_text() if self._is_heard else say(N_("Connecting…"))

    @property
    def notice_text(self) -> str:
        """What the server has announced."""
        said = self._stopping_at
        if said is None or self._monotonic() - said > STOPPING_SECONDS:
            return ""
        return self._tools.speech.say(N_("The server is stopping; it comes back in a moment"))

    @property
    def reason(self) -> str:
        """Why it is not live, when somebody said why."""
        return "" if self._error is None else self._tools.speech.explain(self._error)

    @property
    def behind_text(self) -> str:
        return self._tools.speech.say(N_("%(count)s changes behind"), count=self.behind) if self.behind else ""

    @property
    def waiting_text(self) -> str:
        """What is not saved at the server yet."""
        return self._tools.speech.say(N_("%(count)s to send"), count=self._waiting) if self._waiting else ""

    @property
    def refused_text(self) -> str:
        return self._tools.speech.say(N_("%(count)s need attention"), count=self._refused) if self._refused else ""

    @property
    def latency_text(self) -> str:
        latency = self.latency_milliseconds
        return "" if latency is None else f"{latency} ms"

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, StatusChanged):
            self._status, self._error, self._is_heard = event.status, event.error, True
            if self.is_online:
                self._stopping_at = None
            else:
                self._latency, self._progress = None, None
        elif isinstance(event, Progress):
            self._progress = event if event.done < event.total else None
        elif isinstance(event, Applied):
            self._take_position(event)
        elif isinstance(event, Heard) and event.event == "heartbeat":
            self._take_head(event.payload)
        elif isinstance(event, Heard) and event.event == "notice":
            is_stopping = isinstance(event.payload, Mapping) and event.payload.get("code") == "stopping"
            self._stopping_at = self._monotonic() if is_stopping else self._stopping_at
        elif isinstance(event, Rewritten):
            self._is_rewritten = True
        elif isinstance(event, UnsentChanged):
            self.kept.emit()
            return
        elif isinstance(event, Sent | Refused | SendingWaits):
            self._count()
            self._note_delivery(event)
        else:
            return
        self.changed.emit()

    def note_kept(self) -> None:
        """Something was put into the outbox a while ago, or a refused request was decided about."""
        self._count()
        self.changed.emit()

    def measure(self) -> None:
        """Ask the server for next to nothing and see how long that takes. Call it every MEASURE_SECONDS."""
        if self.is_online:
            self._tools.background.run(self._time_an_answer, self._measured, self._not_measured, only_newest=_LATENCY)

    def _time_an_answer(self) -> int:
        start = self._monotonic()
        self._workplace.remote.ask("GET", "/health")
        return max(1, round((self._monotonic() - start) * 1000))

    def _measured(self, milliseconds: int) -> None:
        self._latency = milliseconds
        self.changed.emit()

    def _not_measured(self, _error: CallManagerError) -> None:
        self._latency = None  # the sync says what is wrong
        self.changed.emit()

    def _take_position(self, event: Applied) -> None:
        self._head = event.to if event.is_snapshot else max(self._head, event.to)
        if not self._workplace.store.replica.is_loading and self._head <= event.to:
            self._progress = None

    def _take_head(self, payload: Any) -> None:
        seq = payload.get("seq") if isinstance(payload, Mapping) else None
        if isinstance(seq, int):
            self._head = max(self._head, seq)

    def _count(self) -> None:
        work = self._workplace.store.work
        self._waiting, self._refused = len(work.list_waiting()), len(work.list_refused())

    def _note_delivery(self, event: Sent | Refused | SendingWaits) -> None:
        if isinstance(event, SendingWaits):
            self._has_waited = self._waiting > 0
        elif self._has_waited and not self._waiting:
            self._has_waited = False
            if isinstance(event, Sent):
                self.delivered.emit()

    def _offline_text(self) -> str:
        as_of = self._workplace.store.replica.as_of
        clock = show_wire_clock(as_of, self._tools.clock.now()) if as_of else ""
        if clock:
            return self._tools.speech.say(N_("No connection: list as of %(clock)s"), clock=clock)
        return self._tools.speech.say(N_("No connection"))
