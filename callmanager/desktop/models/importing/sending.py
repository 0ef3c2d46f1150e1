"""One list on its way to the server: what is being done, how far it is, and calling it off. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from callmanager.desktop.models.importing.figures import show_bytes
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.transfers import Transfer, TransferStopped
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

READ, CHECK, START = "read", "check", "start"
_WORDS: dict[str, str] = {
    READ: N_("The server is reading the list…"),
    CHECK: N_("The server is looking at every row…"),
    START: N_("The import is beginning…"),
}


class Sending:
    """`send` sends the list for a purpose; another one while it is under way is not begun."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self.purpose: str | None = None
        self._done = self._total = 0
        self._transfer: Transfer | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def is_under_way(self) -> bool:
        """Whether a list is being sent, or waits for its answer."""
        return self.purpose is not None

    @property
    def share(self) -> float | None:
        """How much of the file is over, 0 to 1; None while the server works on it."""
        return self._done / self._total if self._total and self._done < self._total else None

    @property
    def can_stop(self) -> bool:
        """What was wholly sent to be imported cannot be called off here: the import itself can be cancelled."""
        return self.is_under_way and (self.purpose != START or self.share is not None)

    @property
    def text(self) -> str:
        """What is being done, in words."""
        if self.purpose is None:
            return ""
        speech = self._tools.speech
        if self.share is None:
            return speech.say(_WORDS[self.purpose])
        done, total = show_bytes(self._done, speech), show_bytes(self._total, speech)
        return speech.say(N_("Sending the list: %(done)s of %(total)s"), done=done, total=total)

    def send(
        self,
        purpose: str,
        file: Path,
        query: Mapping[str, Any],
        then: Callable[[Any], object],
        failed: Callable[[CallManagerError], object],
        *,
        key: str = "",
    ) -> None:
        """Send it; `then` is given the answer's body. A transfer that the user stopped tells neither."""
        if self.is_under_way:
            return
        path = "/import/preview" if purpose == READ else "/import"
        transfer = self._transfer = Transfer(lambda done, total: self._post_progress(transfer, done, total))
        self.purpose, self._done, self._total = purpose, 0, 0
        remote = self._workplace.remote

        def settle(tell: Callable[[], object]) -> None:
            if transfer is self._transfer:
                self._end()
                tell()

        def fail(error: CallManagerError) -> None:
            settle(lambda: None if isinstance(error, TransferStopped) else failed(error))

        self._tools.background.run(
            lambda: remote.send_file(path, file, transfer, query=query, key=key).body,
            lambda body: settle(lambda: then(body)),
            fail,
        )
        self.changed.emit()

    def stop(self) -> None:
        """Call it off; an answer that comes all the same is not heard."""
        if self.can_stop and self._transfer is not None:
            self._transfer.stop()
            self._end()

    def _end(self) -> None:
        self.purpose, self._transfer = None, None
        self.changed.emit()

    def _post_progress(self, transfer: Transfer, done: int, total: int) -> None:
        self._tools.bus.post(lambda: self._take_progress(transfer, done, total))

    def _take_progress(self, transfer: Transfer, done: int, total: int) -> None:
        if transfer is self._transfer:
            self._done, self._total = done, total
            self.changed.emit()
