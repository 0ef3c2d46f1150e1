"""Which phones can be offered on a PC, in which order, and why not. Pure: it is told what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.texts import N_
from callmanager.softphones import Health, HealthState

_OURS = "interphone"


@dataclass(frozen=True, slots=True)
class FoundPhones:
    """What was found on this PC.

    interphone: what its driver's probe said; None when it was not asked.
    tel_handler: the program that takes tel: addresses, "" for none; a name that holds "interphone" is InterPhone.
    """

    on_windows: bool
    interphone: Health | None
    tel_handler: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A driver and whether it can dial now. `why` is an English msgid, filled from `params`."""

    driver: str
    can: bool
    why: str
    params: Mapping[str, Any] = field(default_factory=dict)


def offers(found: FoundPhones) -> tuple[Offer, ...]:
    """Every step down, best first: interphone, uri, none (the number is copied). The last one always can."""
    return (_interphone(found), _uri(found), _none())


def _interphone(found: FoundPhones) -> Offer:
    if found.interphone is None:
        why = N_("It was not looked at.") if found.on_windows else N_("InterPhone works on Windows only.")
        return Offer("interphone", can=False, why=why)
    health = found.interphone
    return Offer("interphone", health.state is HealthState.READY, health.detail, health.params)


def _uri(found: FoundPhones) -> Offer:
    if not found.tel_handler:
        return Offer("uri", can=False, why=N_("No program of this PC takes tel: addresses."))
    if _OURS in found.tel_handler.casefold():
        why = N_("InterPhone itself takes tel: addresses here. It needs no calibration.")
    else:
        why = N_("%(program)s takes tel: addresses here. The call is not followed.")
    return Offer("uri", can=True, why=why, params={"program": found.tel_handler})


def _none() -> Offer:
    return Offer("none", can=True, why=N_("The number is shown and copied; the agent dials it by hand."))
