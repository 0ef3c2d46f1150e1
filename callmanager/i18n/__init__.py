"""Sentences for people in their language: gettext catalogues es (complete) and en (the msgids themselves).

A sentence is never worth an error: without a translation it is English, without a value it shows the value's name.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("es", "en")
DEFAULT_LANGUAGE = "es"
_DOMAIN = "callmanager"
_FOLDER = Path(__file__).parent


def sentence(message: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """The msgid `message` in `language` with its %(name)s placeholders filled; English when there is no translation.

    A value that is itself a message with params (an error, a problem of a backup) is put into the language too.
    """
    text = catalogue(language).gettext(message) if message else ""  # the empty msgid is the head of a catalogue
    values = _Values({name: _spoken(value, language) for name, value in (params or {}).items()})
    for candidate in (text, message):
        try:
            return candidate % values
        except (ValueError, TypeError):  # a stray % sign, or a number where a placeholder asks for one
            continue
    return text


def choose_language(accepted: str | None, *, default: str) -> str:
    """The best of LANGUAGES for an Accept-Language header."""
    best, best_quality = default, 0.0
    for part in (accepted or "").split(",")[:20]:
        name, _, parameter = part.partition(";")
        language = name.strip().lower().split("-")[0]
        quality = _quality(parameter)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one language, none of which is English. Read once, when its first sentence is needed."""
    spoken = [language] if language in LANGUAGES else []
    return gettext.translation(_DOMAIN, _FOLDER, spoken, fallback=True)


def speak_in_libraries(language: str) -> None:
    """Let libraries that look their own words up with gettext (click) find them in our catalogue of `language`.

    Of the whole process: for programs that speak to one person.
    """
    gettext.bindtextdomain(_DOMAIN, str(_FOLDER))
    gettext.textdomain(_DOMAIN)
    os.environ["LANGUAGE"] = language  # where gettext looks first


class _Values(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name


def _spoken(value: Any, language: str) -> Any:
    message, params = getattr(value, "message", None), getattr(value, "params", None)
    if isinstance(message, str) and isinstance(params, Mapping):
        return sentence(message, language, params)
    return value


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
    except ValueError:
        return 0.0
