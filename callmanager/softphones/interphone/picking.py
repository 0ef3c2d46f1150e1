"""Which control of a window is meant, and what a window shows. Pure: exactly one, or an error that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.profile import Profile, Selector, Sign
from callmanager.softphones.interphone.windows import Control, ControlKind, View

_MISSING = {
    "number": N_("The phone's window shows no number field. Ask IT to calibrate the phone."),
    "call": N_("The phone's window shows no button to call. Ask IT to calibrate the phone."),
    "hang_up": N_("The phone's window shows no button to hang up. Do it on the phone."),
}
_TWICE = {
    "number": N_("The phone's window shows several number fields. Ask IT to calibrate the phone."),
    "call": N_("The phone's window shows several buttons to call. Ask IT to calibrate the phone."),
    "hang_up": N_("The phone's window shows several buttons to hang up. Do it on the phone."),
}


def pick(view: View, profile: Profile, role: str) -> Control:
    """The one control for `role` (number, call, hang_up). Raises Unavailable (control_missing, control_twice)."""
    selector: Selector | None = getattr(profile, role)
    found = list(matching(view.controls, selector)) if selector else []
    if len(found) == 1:
        return found[0]
    if found:
        raise Unavailable("control_twice", _TWICE[role], fields={"control": role})
    raise Unavailable("control_missing", _MISSING[role], fields={"control": role})


def matching(controls: Iterable[Control], selector: Selector) -> Iterable[Control]:
    """The visible controls for which all that the selector gives holds."""
    captions = {plain_caption(caption) for caption in selector.captions}
    for control in controls:
        if not control.visible or control.kind is not selector.kind:
            continue
        if selector.auto_ids and control.auto_id not in selector.auto_ids:
            continue
        if selector.class_pattern and not re.search(selector.class_pattern, control.class_name):
            continue
        if captions and plain_caption(control.text) not in captions:
            continue
        yield control


def plain_caption(caption: str) -> str:
    """A caption as a person reads it: without the mark of its key, case, and dots that announce a dialog."""
    return " ".join(caption.replace("&", "").casefold().split()).rstrip(".… ")


def shows(view: View, profile: Profile, signs: tuple[Sign, ...]) -> bool | None:
    """Whether the window shows any of the signs; None when there is none to look for."""
    return any(_shows(view, profile, sign) for sign in signs) if signs else None


def _shows(view: View, profile: Profile, sign: Sign) -> bool:
    if sign.where == "title":
        return _found(sign.pattern, view.title)
    if sign.where == "text":
        labels = (control for control in view.controls if control.visible and control.kind is not ControlKind.EDIT)
        return any(_found(sign.pattern, control.text) for control in labels)
    selector: Selector | None = getattr(profile, sign.pattern)
    return selector is not None and any(control.enabled for control in matching(view.controls, selector))


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text.strip()[:300], re.IGNORECASE) is not None
