"""The line of the laboratory's InterPhone: takes digits, plays the other side by a script, and writes down each step.

No window: who shows the line is told when it changed. One thread at a time, that of the timers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from callmanager.softphones import CallState, EndCause
from callmanager.softphones.simulated import (
    ANSWERS,
    ANSWERS_AND_LEAVES,
    BUSY,
    DEAD,
    REFUSES,
    RINGS_IN_VAIN,
    Script,
    script_by_last_digit,
)
from callmanager.softphones.wiring.timers import Cancel, Timers

OTHER_SIDES: dict[str, Script] = {
    "answers": ANSWERS,
    "leaves": ANSWERS_AND_LEAVES,
    "busy": BUSY,
    "silent": RINGS_IN_VAIN,
    "refuses": REFUSES,
    "unreachable": DEAD,
}
BY_NUMBER = "by_number"
"""The other side is chosen by the last digit, as the simulated phone does it."""

REFUSED = "refused"
"""Why there is no call: the field held no number."""

_DIALABLE = re.compile(r"[0-9]{2,24}", re.ASCII)
_REMEMBERED = 4


def other_side(
    name: str, answer_seconds: float | None = None, talk_seconds: float | None = None
) -> Callable[[str], Script]:
    """The script for each number. Raises KeyError.

    answer_seconds: how long it rings before somebody answers. talk_seconds: how long he talks before he hangs up.
    """
    if name == BY_NUMBER:
        return script_by_last_digit
    changed = {CallState.CONNECTED: answer_seconds, EndCause.HUNG_UP: talk_seconds}
    kept = {step: seconds for step, seconds in changed.items() if seconds is not None}
    script = tuple((kept.get(step, seconds), step) for seconds, step in OTHER_SIDES[name])
    return lambda _number: script


class DialLog:
    """A file with a line per step: the instant, a word, and what it is of.

    The words: open, call, refused, ringing, connected, ended.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def note(self, word: str, of: str) -> None:
        if self._path:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            with self._path.open("a", encoding="utf-8") as lines:
                lines.write(f"{at}\t{word}\t{of}\n")


class LabLine:
    """One line, with at most one call. `cause` is why the last call ended; REFUSED for what was no number."""

    def __init__(
        self, timers: Timers, log: DialLog, script: Callable[[str], Script], changed: Callable[[], None]
    ) -> None:
        self._timers = timers
        self._log = log
        self._script = script
        self._changed = changed
        self._next: Cancel | None = None
        self.state: CallState | None = None
        self.cause: EndCause | str = ""
        self.number = ""
        self.recent: list[str] = []

    @property
    def is_up(self) -> bool:
        return self.state is not None

    def call(self, text: str) -> bool:
        """Dial what the field holds; whether it was dialled. Only digits are, and only while no call is up."""
        if self.is_up or not _DIALABLE.fullmatch(text):
            self._log.note(REFUSED, text)
            if not self.is_up:
                self._set(None, REFUSED)
            return False
        self.number = text
        self.recent = [text, *self.recent][:_REMEMBERED]
        self._log.note("call", text)
        self._set(CallState.DIALING, "")
        self._plan(self._script(text))
        return True

    def hang_up(self) -> None:
        if self.is_up:
            self._end(EndCause.HUNG_UP_HERE)

    def _plan(self, script: Script) -> None:
        if script:
            (seconds, step), rest = script[0], script[1:]
            self._next = self._timers.after(seconds, lambda: self._play(step, rest))

    def _play(self, step: CallState | EndCause, rest: Script) -> None:
        if isinstance(step, EndCause):
            self._end(step)
            return
        self._log.note(step.value, self.number)
        self._set(step, "")
        self._plan(rest)

    def _end(self, cause: EndCause) -> None:
        cancel, self._next = self._next, None
        if cancel:
            cancel()
        self._log.note("ended", cause.value)
        self._set(None, cause)

    def _set(self, state: CallState | None, cause: EndCause | str) -> None:
        self.state, self.cause = state, cause
        self._changed()
