"""Calibrates a phone: IT points at the number field and the buttons, a trial shows it, and a profile is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from callmanager.cli.screen import tell
from callmanager.cli.spoken import say
from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.driver import bridge_command, health_of
from callmanager.softphones.interphone.keeping import BridgeKeeper, raise_error
from callmanager.softphones.interphone.picking import matching
from callmanager.softphones.interphone.profile import Profile, Selector, Sign, profile_from_wire, save_profile
from callmanager.softphones.interphone.windows import Control, ControlKind
from callmanager.softphones.refusals import phone_silent

TRIAL = "12345678"
_QUESTIONS = {
    "number": (N_("Number of the field that takes the phone number"), ControlKind.EDIT),
    "call": (N_("Number of the button that calls"), ControlKind.BUTTON),
    "hang_up": (N_("Number of the button that hangs up (Return: there is none now)"), ControlKind.BUTTON),
}


def calibrate(way: str, profile: Profile, path: Path) -> int:
    """Ask at the terminal. 0 when the profile was saved."""
    controls = _controls(way, profile)
    for number, control in enumerate(controls, 1):
        click.echo(f"{number:>4}  {control.kind:<6} {control.class_name} #{control.auto_id} {control.text!r}")
    tell(N_("No call must be up now. Answer with the numbers above; Return keeps what the profile says."))
    chosen = {role: _ask(role, controls) for role in _QUESTIONS}
    made = calibrated(profile, controls, chosen)
    if profile.up and not made.up:
        tell(N_("The button that hangs up can always be pressed, so it does not show a call: calls will be assumed."))
    _try(way, made)
    save_profile(path, made)
    tell(
        N_("The field took the trial number and was emptied again; nothing was dialled. Saved: %(path)s"),
        path=str(path),
    )
    return 0


def calibrated(profile: Profile, controls: Sequence[Control], chosen: Mapping[str, Control | None]) -> Profile:
    """The profile with selectors for the chosen controls. Raises Invalid (control_alike)."""
    changes: dict[str, Any] = {
        role: tell_apart(control, controls) for role, control in chosen.items() if control is not None
    }
    hang_up = chosen.get("hang_up")
    if hang_up is not None and hang_up.enabled:
        changes["up"] = tuple(sign for sign in profile.up if sign != Sign("button", "hang_up"))
    return profile_from_wire(replace(profile, **changes).to_wire())


def tell_apart(control: Control, controls: Sequence[Control]) -> Selector:
    """The selector that leads to this control alone and depends on the least. Raises Invalid (control_alike).

    A caption lasts longer than a number: WinForms gives other numbers at every start.
    """
    kind = control.kind
    caption = (control.text,) if kind is not ControlKind.EDIT and control.text.strip() else ()
    number = (control.auto_id,) if control.auto_id not in {"", "0", "-1"} else ()
    tried = [
        Selector(kind, captions=caption),
        Selector(kind, auto_ids=number),
        Selector(kind, auto_ids=number, captions=caption),
    ]
    for selector in tried:
        if [found.ref for found in matching(controls, selector)] == [control.ref]:
            return selector
    raise Invalid("control_alike", N_("That control cannot be told from others of the window. Choose another one."))


def _controls(way: str, profile: Profile) -> list[Control]:
    """The visible fields, buttons and labels of the phone's one window."""
    found = _asked(way, profile, {"ask": "inspect"})
    windows = found.get("windows", [])
    if len(windows) != 1:
        message = N_("The phone has %(count)s windows open; calibrate with exactly one, its main window.")
        raise Unavailable("window_two", message, count=len(windows))
    controls = [
        Control(
            number,
            ControlKind(wire["kind"]),
            wire["class"],
            wire["auto_id"],
            wire["text"],
            wire["enabled"],
            wire["visible"],
            wire["depth"],
        )
        for number, wire in enumerate(windows[0]["controls"], 1)
        if wire["visible"]
    ]
    if not controls:
        message = N_("The phone's window shows no parts this way. Try again with --adapter uia.")
        raise Unavailable("control_missing", message)
    return controls


def _ask(role: str, controls: Sequence[Control]) -> Control | None:
    question, kind = _QUESTIONS[role]
    while True:
        answer = click.prompt(say(question), default="", show_default=False).strip()
        if not answer:
            return None
        if answer.isdecimal() and 1 <= int(answer) <= len(controls) and controls[int(answer) - 1].kind is kind:
            return controls[int(answer) - 1]
        tell(N_("That is not the number of such a control."))


def _try(way: str, profile: Profile) -> None:
    """A number into the field, read back, and out again; nothing is pressed. Raises what the phone refuses."""
    _asked(way, profile, {"ask": "probe"})
    _asked(way, profile, {"ask": "try", "number": TRIAL})


def _asked(way: str, profile: Profile, request: Mapping[str, Any]) -> Mapping[str, Any]:
    bridge = BridgeKeeper(bridge_command(way), profile, on_event=lambda _wire: None, on_end=lambda: None)
    try:
        while health_of(bridge).is_starting:
            pass  # each look waits for the start
        reply = bridge.ask(request)
        raise_error(reply)
    finally:
        bridge.close()
    if reply.answer is None:
        raise phone_silent()
    return reply.answer.get("ok") or {}
