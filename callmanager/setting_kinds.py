"""What a setting may hold: turns what somebody wrote into a value, or says what to write instead.

It does not know which settings exist (callmanager.settings) nor where they are written (callmanager.setting_sources).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callmanager.domain.calling_hours import parse_hours_text
from callmanager.domain.errors import CallManagerError
from callmanager.domain.office import can_load_zone
from callmanager.domain.texts import N_


@dataclass(frozen=True)
class Kind:
    """`parse` returns the value or raises ValueError; `message` (msgid with `params`) tells people what to write."""

    parse: Callable[[object], Any]
    allowed: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What the table says of one setting. `default` is what a person would write; `help_es` goes into config.py."""

    section: str
    default: object
    kind: Kind
    help: str
    help_es: str
    secret: bool = False


def flag() -> Kind:
    """True or False, also as people write them in an environment."""
    return Kind(_parse_flag, "True or False", N_("%(place)s: %(name)s is %(read)s. Write True or False."))


def number(least: int, most: int) -> Kind:
    """A whole number between two bounds, both allowed."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("not a number")
        found = int(value)
        if not least <= found <= most:
            raise ValueError("out of bounds")
        return found

    message = N_("%(place)s: %(name)s is %(read)s. Write a whole number from %(least)s to %(most)s.")
    return Kind(parse, f"a whole number from {least} to {most}", message, {"least": least, "most": most})


def one_of(*choices: str) -> Kind:
    """One of a few words, in any case."""

    def parse(value: object) -> str:
        word = _parse_text(value).lower()
        if word not in choices:
            raise ValueError("no such choice")
        return word

    listed = ", ".join(f'"{choice}"' for choice in choices)
    message = N_("%(place)s: %(name)s is %(read)s. Write one of these: %(choices)s.")
    return Kind(parse, f"one of {listed}", message, {"choices": listed})


def host() -> Kind:
    """The address of a network card, or a host name."""
    message = N_('%(place)s: %(name)s is %(read)s. Write an address such as "0.0.0.0" or "127.0.0.1".')
    return Kind(_parse_host, "an address or a host name", message)


def region() -> Kind:
    """A country as the numbering plans name it: two letters, ISO 3166."""
    message = N_('%(place)s: %(name)s is %(read)s. Write the two letters of a country, such as "CR" or "ES".')
    return Kind(_parse_region, "the two letters of a country", message)


def short_text(most: int) -> Kind:
    """One line of text, or "" for none."""
    message = N_("%(place)s: %(name)s is %(read)s. Write a text of at most %(most)s characters on one line.")
    allowed = f"a text of at most {most} characters"
    return Kind(lambda value: _parse_short(value, most), allowed, message, {"most": most})


def time_zone() -> Kind:
    """A time zone by its IANA name, or "" for this computer's. One that this PC cannot load is no zone."""
    message = N_(
        "%(place)s: %(name)s is %(read)s, and this PC knows no such time zone. Write its name such as "
        '"America/Costa_Rica" or "Europe/Madrid". If it is right, run: pip install tzdata'
    )
    return Kind(_parse_zone, 'the name of a time zone (IANA), or ""', message)


def calling_hours() -> Kind:
    """Days and hours in which calls are made, or "" for always."""
    message = N_(
        "%(place)s: %(name)s is %(read)s. Write days and hours such as "
        '"mon-fri 08:00-12:00 13:00-18:00, sat 09:00-13:00".'
    )
    return Kind(_parse_hours, 'days and hours such as "mon-fri 08:00-18:00, sat 09:00-13:00", or ""', message)


def dates() -> Kind:
    """A list of days."""
    message = N_('%(place)s: %(name)s is %(read)s. Write a list of days such as ["2026-12-25", "2027-01-01"].')
    return Kind(_parse_dates, "a list of days such as 2026-12-25", message)


def file_name() -> Kind:
    """A file or folder; the loader places it beside config.py when it is relative."""
    message = N_('%(place)s: %(name)s is %(read)s. Write a file or folder; on Windows with "/", such as "D:/copias".')
    return Kind(_parse_path, "a file or folder", message)


def optional_file_name() -> Kind:
    """A file or folder, or "" for none."""
    kind = file_name()
    return Kind(
        lambda value: None if value in ("", None) else _parse_path(value), f'{kind.allowed}, or ""', kind.message
    )


def words() -> Kind:
    """A list of texts; in an environment one text with commas."""
    message = N_('%(place)s: %(name)s is %(read)s. Write a list such as ["one", "two"].')
    return Kind(_parse_words, "a list of texts, or one text with commas", message)


def networks() -> Kind:
    """A list of addresses or networks."""
    message = N_('%(place)s: %(name)s is %(read)s. Write a list of addresses such as ["192.168.1.5", "10.0.0.0/8"].')
    return Kind(_parse_networks, "a list of addresses or networks", message)


def keys() -> Kind:
    """Keys and the user that each stands for: a list, a dict key -> user name, or the text `key:user,key`."""
    message = N_('%(place)s: %(name)s cannot be read. Write a list of keys, or {"key": "user"}.')
    return Kind(_parse_keys, "a list of keys, or a dict of key and user name", message)


def _parse_flag(value: object) -> bool:
    word = str(value).strip().lower()
    if word in {"true", "1", "yes", "on", "si", "sí"}:
        return True
    if word in {"false", "0", "no", "off"}:
        return False
    raise ValueError("neither true nor false")


def _parse_text(value: object) -> str:
    # "C:\backups" without a raw string holds a backspace: a control character is always a slip.
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("not a text")
    return value.strip()


def _parse_host(value: object) -> str:
    name = _parse_text(value)
    if re.fullmatch(r"[0-9.]+", name) or ":" in name:
        return str(ipaddress.ip_address(name))
    if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", name):
        raise ValueError("no host name")
    return name


def _parse_region(value: object) -> str:
    code = _parse_text(value).upper()
    if code != "CR":
        import phonenumbers  # noqa: PLC0415  # the numbering plans load slowly and the usual start needs no check

        if code not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("no such region")
    return code


def _parse_short(value: object, most: int) -> str:
    if value in ("", None):
        return ""
    text = " ".join(_parse_text(value).split())
    if len(text) > most:
        raise ValueError("too long")
    return text


def _parse_zone(value: object) -> str:
    if value in ("", None):
        return ""
    name = _parse_text(value)
    if not can_load_zone(name):
        raise ValueError("no such zone")
    return name


def _parse_hours(value: object) -> str:
    if value in ("", None):
        return ""
    text = _parse_text(value)
    try:
        parse_hours_text(text)
    except CallManagerError as error:
        raise ValueError("no hours") from error
    return text


def _parse_dates(value: object) -> tuple[str, ...]:
    days = tuple(sorted(set(_parse_words(value))))
    try:
        parse_hours_text("", days)
    except CallManagerError as error:
        raise ValueError("no days") from error
    return days


def _parse_path(value: object) -> Path:
    name = _parse_text(str(value) if isinstance(value, Path) else value)
    if "://" in name:
        raise ValueError("an address, not a file")
    return Path(name).expanduser()


def _parse_words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError("not a list")
    return tuple(_parse_text(word) for word in value)


def _parse_networks(value: object) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(word, strict=False)) for word in _parse_words(value))


def _parse_keys(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {_parse_text(key): _parse_text(user) if user else "" for key, user in value.items()}
    if isinstance(value, str):
        pairs = (word.partition(":") for word in _parse_words(value))
        return {_parse_text(key): user.strip() for key, _, user in pairs}
    return dict.fromkeys(_parse_words(value), "")


def is_loopback(host_name: str) -> bool:
    """Whether a server that listens on `host_name` hears this computer only."""
    try:
        return ipaddress.ip_address(host_name).is_loopback
    except ValueError:
        return host_name.lower() == "localhost"
