"""What all drivers share: the order of a dial, the book of the one live call, and the refusals in the same words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones import Capabilities, EndCause, Health, Tell
from callmanager.softphones.calls import CallBook
from callmanager.softphones.formats import check_dialable

UNCONFIRMED = "dial_unconfirmed"


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


def by_hand() -> Invalid:
    """The refusal of a phone that cannot be hung up from here."""
    return Invalid("hang_up_by_hand", N_("This phone is hung up in its own window."))


def unconfirmed() -> Unavailable:
    """The phone was asked and did not say whether it dials."""
    return Unavailable(UNCONFIRMED, N_("The phone did not confirm that it is dialling. Look at the phone."))


def phone_absent() -> Unavailable:
    """The phone program cannot be reached: nothing was dialled."""
    return Unavailable("phone_absent", N_("The phone program does not answer. Start it and try again."))


def phone_refused() -> Unavailable:
    """The phone program answered that it will not do it."""
    return Unavailable("phone_refused", N_("The phone did not accept it. Look at the phone."))


def phone_silent() -> Unavailable:
    """The phone program was asked for something other than a dial and did not answer."""
    return Unavailable("phone_silent", N_("The phone did not answer. Do it on the phone."))
