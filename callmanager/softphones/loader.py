"""Builds the phone that the settings name. The only file that knows all drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.softphones import Softphone, Tell
from callmanager.softphones.ami import AmiAccount, AmiSoftphone
from callmanager.softphones.baresip import BaresipSoftphone
from callmanager.softphones.interphone.driver import InterPhoneSoftphone, bridge_command
from callmanager.softphones.interphone.profile import load_profile
from callmanager.softphones.microsip import MicroSipSoftphone
from callmanager.softphones.none import NoSoftphone
from callmanager.softphones.simulated import SimulatedSoftphone
from callmanager.softphones.uri import UriSoftphone
from callmanager.softphones.wiring.timers import ThreadTimers, Timers

Options = Mapping[str, str]
Build = Callable[[Options, Clock, Tell, Timers], Softphone]


def build_softphone(name: str, options: Options, clock: Clock, tell: Tell, timers: Timers | None = None) -> Softphone:
    """Build the driver `name` from its options (docs/softphones.md names them). Raises Invalid (phone_settings)."""
    build = _DRIVERS.get(name)
    if build is None:
        raise _incomplete()
    try:
        return build(options, clock, tell, timers or ThreadTimers())
    except (KeyError, ValueError):  # an option is missing, or a port is no number
        raise _incomplete() from None


def driver_names() -> tuple[str, ...]:
    """The drivers that can be built, in the order in which they are offered."""
    return tuple(_DRIVERS)


def _baresip(options: Options, clock: Clock, tell: Tell, timers: Timers) -> Softphone:
    port = int(options.get("port", "4444"))
    return BaresipSoftphone(clock, tell, timers, port=port, domain=options.get("domain", ""))


def _interphone(options: Options, clock: Clock, tell: Tell, timers: Timers) -> Softphone:
    """`profile`: a file of this PC, else the one of the package. `lab`: the folder of the laboratory's InterPhone."""
    profile = load_profile(Path(options["profile"]) if options.get("profile") else None, must_exist=True)
    lab = options.get("lab")
    command = bridge_command(f"lab:{lab}" if lab else profile.adapter)
    return InterPhoneSoftphone(clock, tell, timers, profile, command=command)


def _microsip(options: Options, clock: Clock, tell: Tell, timers: Timers) -> Softphone:
    port, program = int(options["port"]), (options["program"],)
    return MicroSipSoftphone(clock, tell, timers, program=program, key=options["key"], port=port)


def _ami(options: Options, clock: Clock, tell: Tell, _timers: Timers) -> Softphone:
    account = AmiAccount(
        host=options["host"],
        user=options["user"],
        secret=options["secret"],
        phone=options["phone"],
        context=options.get("context", "from-internal"),
        port=int(options.get("port", "5038")),
    )
    return AmiSoftphone(clock, tell, account)


def _uri(options: Options, clock: Clock, tell: Tell, _timers: Timers) -> Softphone:
    return UriSoftphone(clock, tell, options.get("scheme", "tel"), options.get("domain", ""))


def _incomplete() -> Invalid:
    return Invalid("phone_settings", N_("The phone's settings are not complete. Ask who installed it."))


_DRIVERS: dict[str, Build] = {
    "none": lambda _options, clock, tell, _timers: NoSoftphone(clock, tell),
    "interphone": _interphone,
    "microsip": _microsip,
    "baresip": _baresip,
    "uri": _uri,
    "ami": _ami,
    "simulated": lambda _options, clock, tell, timers: SimulatedSoftphone(clock, tell, timers),
}
