"""What a phone refuses, in the same words whichever phone it is."""

from __future__ import annotations

from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_

UNCONFIRMED = "dial_unconfirmed"
"""The one code after which a call may be up although the dial was refused."""

STARTING = "phone_starting"
"""The one code of what is well by itself soon."""


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


def phone_starting() -> Unavailable:
    """The process that works the phone's window is being started: nothing was asked of the phone."""
    return Unavailable(STARTING, N_("What works the phone's window is still starting. Try again in a few seconds."))


def phone_bridge() -> Unavailable:
    """The process that works the phone's window does not run."""
    return Unavailable(
        "phone_bridge", N_("What works the phone's window does not start. Ask IT to run: callmanager doctor phone")
    )
