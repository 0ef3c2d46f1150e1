"""Which phone this PC calls with, as the user set it: the driver, its options, and the form of numbers.

Secret options are kept in the system's keyring, never in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.softphones.formats import DialFormat, DialStyle, check_format

PHONE = "phone"
NO_PHONE = "none"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a driver. `label` and `hint` are msgids; `choices` are the only values, where there are some.

    `is_home`: secrets are given for this value, and kept ones go to no other.
    """

    name: str
    label: str
    hint: str = ""
    default: str = ""
    is_required: bool = False
    is_secret: bool = False
    is_home: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DriverKind:
    """A kind of phone that can be chosen."""

    name: str
    label: str
    hint: str
    options: tuple[Option, ...] = ()


_PORT = N_("Port")
DRIVERS: dict[str, DriverKind] = {
    kind.name: kind
    for kind in (
        DriverKind("none", N_("By hand"), N_("The number is shown and copied; you dial it on any phone.")),
        DriverKind(
            "interphone",
            N_("InterPhone"),
            N_("The InterPhone program on this PC. It must be open and signed in."),
            (Option("profile", N_("Profile file"), N_("Only when IT gave you one.")),),
        ),
        DriverKind(
            "microsip",
            N_("MicroSIP"),
            N_("The MicroSIP program on this PC, with the lines of CallManager in its settings."),
            (
                Option("program", N_("Program"), N_("The full path of MicroSIP.exe."), is_required=True),
                Option("key", N_("Key of its messages"), is_required=True, is_secret=True),
                Option("port", _PORT, default="50600", is_required=True),
            ),
        ),
        DriverKind(
            "uri",
            N_("The PC's own calling program"),
            N_("Whatever answers links to telephone numbers on this PC: Teams, Zoom, InterPhone…"),
            (
                Option("scheme", N_("Kind of link"), default="tel", choices=("tel", "callto", "sip")),
                Option("domain", N_("Exchange"), N_("Only for sip: what comes after the @.")),
            ),
        ),
        DriverKind(
            "ami",
            N_("Asterisk exchange"),
            N_("The exchange calls your extension first, then the contact."),
            (
                Option("host", N_("Exchange"), is_required=True, is_home=True),
                Option("port", _PORT, default="5038"),
                Option("user", N_("User"), is_required=True),
                Option("secret", N_("Password"), is_required=True, is_secret=True),
                Option(
                    "phone",
                    N_("Your extension"),
                    N_("As the exchange names it, for example PJSIP/100."),
                    is_required=True,
                ),
                Option("context", N_("Context"), default="from-internal"),
            ),
        ),
        DriverKind(
            "baresip",
            N_("baresip"),
            N_("The baresip program on this PC, with its control port open for this PC only."),
            (
                Option("port", _PORT, default="4444"),
                Option("domain", N_("Exchange"), N_("What comes after the @.")),
            ),
        ),
        DriverKind("simulated", N_("Simulated, for training"), N_("It rings and answers, and calls nobody.")),
    )
}
STYLES: dict[str, str] = {
    DialStyle.NATIONAL: N_("As people of the country write them (8812 3456)"),
    DialStyle.INTERNATIONAL: N_("With the international prefix (00506 8812 3456)"),
    DialStyle.E164: N_("With + (+506 8812 3456)"),
}


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """What is saved. `options` without secrets; `secrets` hold those of the driver."""

    driver: str = NO_PHONE
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: DialFormat = field(default_factory=lambda: DialFormat("CR"))

    @property
    def all_options(self) -> dict[str, str]:
        """For the driver: what was typed, with the defaults of what was left empty."""
        kind = DRIVERS.get(self.driver)
        defaults = {} if kind is None else {one.name: one.default for one in kind.options if one.default}
        typed = {name: text for name, text in {**self.options, **self.secrets}.items() if text}
        return {**defaults, **typed}

    def has_home_of(self, other: PhoneSettings) -> bool:
        """Whether secrets of `other` were given for the same phone or exchange as this one's."""
        homes = [one.name for one in DRIVERS[self.driver].options if one.is_home]
        return self.driver == other.driver and all(self.options.get(x) == other.options.get(x) for x in homes)

    def check(self) -> None:
        """Raises Invalid (phone_unknown, phone_option_missing, phone_port, region_unknown, dial_prefix)."""
        kind = DRIVERS.get(self.driver)
        if kind is None:
            raise Invalid("phone_unknown", N_("Choose a phone."), fields={"field": "driver"})
        given = self.all_options
        for one in kind.options:
            if one.is_required and not given.get(one.name):
                raise Invalid("phone_option_missing", N_("Fill this in."), fields={"field": one.name})
            if one.name == "port" and not _is_port(given.get(one.name, "")):
                raise Invalid("phone_port", N_("A port is a number from 1 to 65535."), fields={"field": "port"})
        check_format(self.form)

    def to_saved(self) -> dict[str, Any]:
        """What goes into the file of preferences: never a secret."""
        return {
            "driver": self.driver,
            "options": dict(self.options),
            "region": self.form.region,
            "style": self.form.style.value,
            "outside_line": self.form.outside_line,
            "international_prefix": self.form.international_prefix,
        }


def read_settings(saved: Any, region: str) -> PhoneSettings:
    """What was saved; what cannot be understood counts as not set. `region` is the office's."""
    given = saved if isinstance(saved, Mapping) else {}
    options = given.get("options")
    style = given.get("style")
    form = DialFormat(
        str(given.get("region") or region),
        DialStyle(style) if style in list(DialStyle) else DialStyle.NATIONAL,
        str(given.get("outside_line") or ""),
        str(given.get("international_prefix") or ""),
    )
    driver = str(given.get("driver") or NO_PHONE)
    texts = {str(name): str(text) for name, text in options.items()} if isinstance(options, Mapping) else {}
    return PhoneSettings(driver if driver in DRIVERS else NO_PHONE, texts, {}, form)


class SecretSafe(Protocol):
    """Keeps secret options by name. Raises Unavailable where the PC has no safe."""

    def find_secret(self, name: str) -> str | None: ...

    def keep_secret(self, name: str, secret: str) -> None: ...


def secret_name(driver: str, option: str) -> str:
    """Under what a secret stands in the safe."""
    return f"phone/{driver}/{option}"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65_536
