"""A new password as it is being typed, and the rules that it meets so far. The server has the last word."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from callmanager.desktop.observing import Signal
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

FEWEST, ADVISED = 8, 12


@dataclass(frozen=True, slots=True)
class Rule:
    """A msgid, whether it is met, and whether it must be."""

    message: str
    is_met: bool
    is_advice: bool = False


class PasswordForm:
    """`submit` gives `(old, new)` to `send`. With `old` known already the user is not asked for it again."""

    def __init__(self, username: str, send: Callable[[str, str], object], old: str | None = None) -> None:
        self.username = username
        self.asks_old = old is None
        self.old, self.new, self.confirm = old or "", "", ""
        self.changed: Signal[[]] = Signal()
        self._send = send
        self._error: CallManagerError | None = None
        self._is_busy = False

    @property
    def error(self) -> CallManagerError | None:
        """Why the server refused the last one."""
        return self._error

    @property
    def is_busy(self) -> bool:
        return self._is_busy

    @property
    def rules(self) -> list[Rule]:
        """All of them, as they stand now."""
        length = len(unicodedata.normalize("NFC", self.new))
        name = self.username.casefold()
        return [
            Rule(N_("8 characters or more"), length >= FEWEST),
            Rule(N_("Better 12: three words that do not belong together"), length >= ADVISED, is_advice=True),
            Rule(N_("Not your user name"), bool(self.new) and not (name and name in self.new.casefold())),
            Rule(N_("Another than the present one"), bool(self.new) and self.new != self.old),
            Rule(N_("Both times the same"), bool(self.new) and self.new == self.confirm),
        ]

    @property
    def can_submit(self) -> bool:
        """Whether the rules are met that this PC can judge."""
        return bool(self.old) and not self._is_busy and all(rule.is_met or rule.is_advice for rule in self.rules)

    def type(self, field: str, text: str) -> None:
        """`old`, `new` or `confirm` is being typed."""
        if getattr(self, field) != text:
            setattr(self, field, text)
            self._error = None
            self.changed.emit()

    def submit(self) -> None:
        """Send it to the server, when it can be."""
        if self.can_submit:
            self._is_busy, self._error = True, None
            self.changed.emit()
            self._send(self.old, self.new)

    def refuse(self, error: CallManagerError) -> None:
        """The server said no."""
        self._is_busy, self._error = False, error
        if error.fields.get("field") == "old_password":
            self.asks_old, self.old = True, ""
        self.changed.emit()
