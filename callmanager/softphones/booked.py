"""What all drivers share: the order of a dial, the book of the one live call, and the refusals in the same words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from callmanager.domain.clock import Clock
from callmanager.softphones import Capabilities, EndCause, Health, Tell
from callmanager.softphones.calls import CallBook
from callmanager.softphones.formats import check_dialable
from callmanager.softphones.refusals import UNCONFIRMED, by_hand


class BookedSoftphone(ABC):
    """A softphone whose calls are in a book. A driver adds how its phone is reached."""

    name: str
    capabilities: Capabilities

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self._book = CallBook(clock, tell)

    @abstractmethod
    def probe(self) -> Health: ...

    @abstractmethod
    def _place(self, call_id: str, number: str) -> str:
        """Have the phone dial; return the text for the agent to copy, or "". Raises Unavailable."""

    def _release(self, call_id: str) -> None:  # noqa: ARG002  # a phone that can hang up needs it
        """Have the phone hang up the live call. Raises Unavailable."""
        raise by_hand()

    def dial(self, call_id: str, number: str) -> str:
        number = check_dialable(number)
        self._book.begin(call_id, number)
        try:
            return self._place(call_id, number)
        except BaseException as error:
            if getattr(error, "code", "") != UNCONFIRMED:
                self._book.end(call_id, EndCause.FAILED)
            raise

    def hang_up(self, call_id: str) -> None:
        if self._book.find_live(call_id):
            self._release(call_id)

    def close_by_hand(self, call_id: str) -> None:
        self._book.close_by_hand(call_id)

    def close(self) -> None:
        self._book.close()
