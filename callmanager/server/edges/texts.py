"""Control characters in what callers send: refused at every edge by this one rule, before anybody looks for them.

In an address, none is right. In a text of JSON line ends and tabs are; a NUL never is: PostgreSQL cannot keep it, and
SQLite takes it for the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import orjson

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_NUL_IN_JSON = b"\\u0000"


def check_address(path: str, query: str) -> None:
    """Refuse a decoded path, or a query as sent (its bytes as latin-1), with a control character. Raises Invalid."""
    if _CONTROL.search(path):
        raise _refused("path")
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    if _CONTROL.search(unquote(query) if "%" in query else query):
        raise _refused(_name_in(query))


def check_values(values: Mapping[str, str]) -> None:
    """The same for the fields of a form. Raises Invalid."""
    for name, value in values.items():
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise _refused(_CONTROL.sub("?", name)[:80])


def check_json(raw: bytes) -> None:
    """Refuse JSON that holds a NUL in a text or a name. What is no JSON is for others to refuse. Raises Invalid."""
    if _NUL_IN_JSON in raw:
        with suppress(orjson.JSONDecodeError):
            _check_parsed(orjson.loads(raw))


def write_json(value: Any) -> bytes:
    """The JSON of what Python's own reader made of a message, to be checked as a body is. Raises Invalid (bad_request)
    for what it reads although it is no JSON: NaN, half of a surrogate pair, a thousand levels.

    Not orjson: it knows no large numbers, and would make null of NaN.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid(
            "bad_request",
            N_("This is no JSON: it holds a number such as NaN, a broken character, or too many levels. Correct it."),
        ) from error


def _check_parsed(parsed: Any) -> None:
    left = [("", parsed)]
    while left:
        name, value = left.pop()
        if isinstance(value, str) and "\0" in value:
            raise _refused(name)
        if isinstance(value, list):
            left.extend((name, item) for item in value)
        elif isinstance(value, dict):
            left.extend((name, key) for key in value)
            left.extend((name or key[:80], item) for key, item in value.items())


def _name_in(query: str) -> str:
    """The parameter that holds it."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if _CONTROL.search(unquote(f"{name}={value}")):
            return _CONTROL.sub("?", unquote(name))[:80]
    return ""


def _refused(name: str) -> Invalid:
    return Invalid(
        "control_character",
        N_("%(name)s holds a character that cannot be shown, such as NUL. Remove it and send the rest again."),
        fields={"field": name},
        name=name,
    )
