"""Turns an event and its values into one harmless line: no control characters, no secrets, phones masked.

It writes nothing; callmanager.server.logs decides where lines go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import PurePath

from callmanager.domain.clock import to_wire

VALUE_LIMIT = 2_000
"""Most characters of one value."""

_READ_LIMIT = 16_000
_DEPTH_LIMIT = 4
_ITEMS_LIMIT = 50

_SECRET_NAMES = re.compile(r"passw|token|api_?-?key|authorization|secret|cookie|credential", re.IGNORECASE)
_PHONE_NAMES = re.compile(r"phone|e164|^number$|telefono", re.IGNORECASE)
_ID_NAMES = re.compile(r"(^|_)(ids?|incident|hash|epoch)$")
_HARMLESS = re.compile(r"(?!.*(?:cm_|eyJ))(?:\d{0,6}[A-Za-z/_.])+\d{0,6}")  # most values; spares them the rest
_PLAIN_ID = re.compile(r"(?!.*eyJ)[0-9A-Za-z]+")
_NEEDS_QUOTES = re.compile(r'[\s="\\]|^$')
_SHOWN = {"": _HARMLESS, "id": _PLAIN_ID}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")

_SECRET_SHAPES = (
    (re.compile(r"\bcm_([A-Za-z0-9]+)_[A-Za-z0-9_\-]+"), r"cm_\1_***"),
    (re.compile(r"\beyJ[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]*)*"), "eyJ***"),
    (re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]+"), "$2***"),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s,;\"']+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"://([^\s:/@]+):[^\s/@]+@"), r"://\1:***@"),
    (
        re.compile(r"\b(\w*(?:passw\w*|token|api_?key|secret))(['\"]?\s*[=:]\s*)(['\"]?)[^\s&,;'\"]+", re.IGNORECASE),
        r"\1\2\3***",
    ),
)
_PHONE = re.compile(r"(?<![\w.\-:/])(?:\+|00)?\d(?:[ ()\-]{0,2}\d){6,14}(?![\w\-])|\+\d(?:[ ().\-]{0,2}\d){6,14}")
_DATE = re.compile(r"(19|20)\d\d-\d\d-\d\d( \d\d)?")


def line(at: datetime, level: str, event: str, values: Mapping[str, object]) -> str:
    """`2026-11-22T10:53:31.123Z info request.done method=GET status=200`, without an end of line."""
    return line_of(at, level, event, pairs(values))


def line_of(at: datetime, level: str, event: str, shown: Iterable[str]) -> str:
    """The same of values that `pairs` has shown already."""
    return " ".join([to_wire(at), level, _bare(event), *shown])


def pairs(values: Mapping[str, object]) -> Iterable[str]:
    """Each value as `key=value`, quoted where it must be; None is left out."""
    return (f"{_bare(key)}={_safe(key, value)}" for key, value in values.items() if value is not None)


def cleaned(text: str) -> str:
    """`text` without secrets and with its phones masked; control characters stay for the caller to treat."""
    return _PHONE.sub(_masked_match, _without_secrets(text))


def _without_secrets(text: str) -> str:
    text = text[:_READ_LIMIT]
    for shape, instead in _SECRET_SHAPES:
        text = shape.sub(instead, text)
    return text


def masked_phone(text: str) -> str:
    """`+506 **** **67` of any spelling of a phone number; a text of fewer than four digits has nothing to hide."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < 4:
        return cleaned(text)
    return f"+{digits[:3]} **** **{digits[-2:]}" if text.lstrip().startswith("+") else f"**** **{digits[-2:]}"


def escaped(text: str) -> str:
    """`text` with everything that could start a new line, move a cursor or turn the reading direction made visible."""
    return _UNPRINTABLE.sub(_visible, text)


def _safe(key: str, value: object) -> str:
    if (quick := _quick(key, value)) is not None:
        return quick
    plain = _plain(key, _end_of(value) if key == "traceback" and isinstance(value, str) else value, 0)
    if isinstance(plain, bool | int | float):
        return str(plain).lower() if isinstance(plain, bool) else str(plain)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    text = _shortened(key, text)
    return escaped(_quoted(text) if _NEEDS_QUOTES.search(text) else text)


def _end_of(trace: str) -> str:
    """The last whole lines of a traceback: half a line could hold half a secret, which nothing would know."""
    if len(trace) <= _READ_LIMIT:
        return trace
    return trace[-_READ_LIMIT:].partition("\n")[2]


def _shortened(key: str, text: str) -> str:
    """A long value loses its end, a traceback its beginning: what went wrong stands last."""
    if len(text) <= VALUE_LIMIT:
        return text
    return f"({len(text)})...{text[-VALUE_LIMIT:]}" if key == "traceback" else f"{text[:VALUE_LIMIT]}...({len(text)})"


def _quick(key: str, value: object) -> str | None:
    """The text of what is harmless at first sight, as most values are: it is spared everything that follows."""
    nature = _nature(key)
    if type(value) is str:
        shape = _SHOWN.get(nature)
        return value if shape is not None and len(value) <= VALUE_LIMIT and shape.fullmatch(value) else None
    return str(value) if not nature and type(value) in (int, float) else None


def _plain(key: str, value: object, depth: int) -> object:
    """`value` as JSON types, secrets and phones gone; an unknown type gives its name only, as its text may raise."""
    if value is None or isinstance(value, bool | float):
        return value
    if _nature(key) == "secret":
        return "***"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _plain_collection(key, value, depth)
    text = _text(value)
    if _nature(key) == "phone" and text:
        return masked_phone(text)
    if isinstance(value, int) and not isinstance(value, Enum):
        return value
    # An identifier may be all digits, and must be found again as it was shown.
    return _without_secrets(text) if _nature(key) == "id" else cleaned(text)


@lru_cache(maxsize=1024)
def _nature(key: str) -> str:
    if _SECRET_NAMES.search(key):
        return "secret"
    if _PHONE_NAMES.search(key):
        return "phone"
    return "id" if _ID_NAMES.search(key) else ""


def _plain_collection(key: str, value: Mapping[object, object] | Iterable[object], depth: int) -> object:
    if depth >= _DEPTH_LIMIT:
        return "..."
    if isinstance(value, Mapping):
        items = list(value.items())[:_ITEMS_LIMIT]
        return {cleaned(_text(name)): _plain(_text(name), item, depth + 1) for name, item in items}
    return [_plain(key, item, depth + 1) for item in list(value)[:_ITEMS_LIMIT]]


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return _text(value.value)
    if isinstance(value, datetime) and value.tzinfo:
        return to_wire(value)
    if isinstance(value, bytes):
        return value[:_READ_LIMIT].decode("utf-8", "replace")
    if isinstance(value, str | int | float | date | PurePath):
        return str(value)
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {' '.join(_text(part) for part in value.args)}"
    return f"<{type(value).__name__}>"


@lru_cache(maxsize=1024)
def _bare(word: str) -> str:
    return escaped(re.sub(r'[\s="]', "_", cleaned(word)))[:100]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\u{ord(char):04x}")


def _masked_match(match: re.Match[str]) -> str:
    text = match[0]
    return text if _DATE.fullmatch(text) else masked_phone(text)
