"""The profile of a phone's window: which program, which controls, and by what signs a call is seen to be up.

A default comes with the package; a file of the PC takes its place whole. It can be edited without a release.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.windows import ControlKind

VERSION = 1
FILE_NAME = "interphone.json"
ADAPTERS = ("win32", "uia")
MOST_CONFIRM_SECONDS = 5.0
_MOST_BYTES = 65_536
_MOST_TEXT = 300
_MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Selector:
    """Picks one control: all that is given must hold. With auto ids, captions or a class, whichever was calibrated.

    auto_ids, captions: any one of them; captions are compared without case, "&" and dots at the end.
    class_pattern:      a regular expression, found anywhere in the class name.
    """

    kind: ControlKind
    auto_ids: tuple[str, ...] = ()
    class_pattern: str = ""
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """What a window shows: its title or a label matches `pattern`, or a `button` of the profile can be pressed."""

    where: str  # "title", "text" or "button"
    pattern: str  # for a button: "hang_up" or "call"


@dataclass(frozen=True, slots=True)
class Profile:
    """How one phone program looks.

    hang_up:    None for a phone that is hung up by hand.
    up:         any of them: a call is dialling, ringing or connected. Empty when the window does not show it.
    ringing, connected, signed_out: any of them; empty when the window does not show it.
    busy, no_answer, unreachable: looked for when a call is over, to say why it ended without an answer.
    confirm_seconds: how long a sign of `up` may take after the button was pressed.
    assume_connected_seconds: with no `connected`, after how long a call is taken to be answered; 0 for never.
    """

    adapter: str
    executables: tuple[str, ...]
    title: str
    number: Selector
    call: Selector
    hang_up: Selector | None
    up: tuple[Sign, ...]
    ringing: tuple[Sign, ...] = ()
    connected: tuple[Sign, ...] = ()
    signed_out: tuple[Sign, ...] = ()
    busy: tuple[Sign, ...] = ()
    no_answer: tuple[Sign, ...] = ()
    unreachable: tuple[Sign, ...] = ()
    confirm_seconds: float = 3.0
    assume_connected_seconds: float = 0.0

    def to_wire(self) -> dict[str, Any]:
        """As it stands in a file."""
        wire: dict[str, Any] = {"version": VERSION, **asdict(self)}
        for role in ("number", "call", "hang_up"):
            if wire[role]:
                wire[role]["class"] = wire[role].pop("class_pattern")
        for signs in _SIGNS:
            wire[signs] = [{sign["where"]: sign["pattern"]} for sign in wire[signs]]
        return wire


ENDS = ("busy", "no_answer", "unreachable")
_SIGNS = ("up", "ringing", "connected", "signed_out", *ENDS)
_FIELDS = {"version", *Profile.__dataclass_fields__}
_SELECTOR_FIELDS = {"kind", "auto_ids", "class", "captions"}


def default_profile() -> Profile:
    """The profile that comes with the package."""
    file = resources.files("callmanager.softphones.interphone") / "default_profile.json"
    return parse_profile(file.read_text("utf-8"))


def load_profile(path: Path | None, *, must_exist: bool = False) -> Profile:
    """The profile of this PC, or the default when `path` is None or there is no such file. Raises Invalid."""
    if path is None or not (must_exist or path.exists()):
        return default_profile()
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise _unreadable(path) from None
    if len(text) > _MOST_BYTES:
        raise _unreadable(path)
    return parse_profile(text)


def save_profile(path: Path, profile: Profile) -> None:
    """Write it, whole or not at all."""
    text = json.dumps(profile.to_wire(), indent=2, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def parse_profile(text: str) -> Profile:
    """Read a profile from JSON. Raises Invalid, which names the field and what it should be."""
    try:
        wire = json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid(
            "phone_profile",
            N_("The phone's profile is no JSON: see line %(line)s, column %(column)s."),
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise _wrong("{}") from None
    return profile_from_wire(wire)


def profile_from_wire(wire: Any) -> Profile:
    """Check and build a profile. Raises Invalid."""
    fields = _mapping(wire, "{}", _FIELDS)
    if fields.get("version") != VERSION:
        raise Invalid(
            "phone_profile", N_("The phone's profile is of another version than %(version)s."), version=VERSION
        )
    adapter = _text(fields, "adapter")
    if adapter not in ADAPTERS:
        raise _wrong("adapter")
    signs = {name: _signs(fields.get(name, []), name) for name in _SIGNS}
    return Profile(
        adapter=adapter,
        executables=_texts(fields.get("executables"), "executables", least=1),
        title=_pattern(_text(fields, "title"), "title"),
        number=_selector(fields.get("number"), "number"),
        call=_selector(fields.get("call"), "call"),
        hang_up=_hang_up(fields.get("hang_up"), signs.values()),
        confirm_seconds=_seconds(fields.get("confirm_seconds", 3.0), "confirm_seconds", MOST_CONFIRM_SECONDS),
        assume_connected_seconds=_seconds(fields.get("assume_connected_seconds", 0.0), "assume_connected_seconds", 600),
        **signs,
    )


def _hang_up(value: Any, signs: Any) -> Selector | None:
    """A sign that looks at the button needs to know it."""
    if value is not None:
        return _selector(value, "hang_up")
    if any(sign == Sign("button", "hang_up") for each in signs for sign in each):
        raise _wrong("hang_up")
    return None


def _selector(value: Any, field: str) -> Selector:
    fields = _mapping(value, field, _SELECTOR_FIELDS)
    if fields.get("kind") not in set(ControlKind):
        raise _wrong(f"{field}.kind")
    return Selector(
        ControlKind(fields["kind"]),
        _texts(fields.get("auto_ids", []), f"{field}.auto_ids"),
        _pattern(fields.get("class", ""), f"{field}.class"),
        _texts(fields.get("captions", []), f"{field}.captions"),
    )


def _signs(value: Any, field: str) -> tuple[Sign, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_ITEMS:
        raise _wrong(field)
    return tuple(_sign(item, f"{field}[{position}]") for position, item in enumerate(value))


def _sign(value: Any, field: str) -> Sign:
    fields = _mapping(value, field, {"title", "text", "button"})
    if len(fields) != 1:
        raise _wrong(field)
    ((where, pattern),) = fields.items()
    if where == "button" and pattern not in {"hang_up", "call"}:
        raise _wrong(f"{field}.button")
    if not pattern:  # it would be found in everything
        raise _wrong(f"{field}.{where}")
    return Sign(where, _pattern(pattern, f"{field}.{where}"))


def _mapping(value: Any, field: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(field)
    for name in value.keys() - known:
        raise Invalid(
            "phone_profile",
            N_("The phone's profile has a field that is not known: %(field)s. Correct its spelling."),
            fields={"field": name},
            field=name,
        )
    return value


def _texts(value: Any, field: str, least: int = 0) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not least <= len(value) <= _MOST_ITEMS:
        raise _wrong(field)
    if not all(isinstance(text, str) and 0 < len(text) <= _MOST_TEXT for text in value):
        raise _wrong(field)
    return tuple(value)


def _text(fields: Mapping[str, Any], field: str) -> str:
    value = fields.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_TEXT:
        raise _wrong(field)
    return value


def _pattern(value: Any, field: str) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise _wrong(field)
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError):
        raise Invalid(
            "phone_profile",
            N_("In the phone's profile, %(field)s is no regular expression."),
            fields={"field": field},
            field=field,
        ) from None
    return value


def _seconds(value: Any, field: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise _wrong(field)
    return float(value)


def _wrong(field: str) -> Invalid:
    return Invalid(
        "phone_profile",
        N_("In the phone's profile, %(field)s is missing or not of its kind. docs/softphones.md describes it."),
        fields={"field": field},
        field=field,
    )


def _unreadable(path: Path) -> Invalid:
    message = N_("The phone's profile %(file)s cannot be read. Calibrate the phone again, or delete the file.")
    return Invalid("phone_profile", message, file=str(path))
