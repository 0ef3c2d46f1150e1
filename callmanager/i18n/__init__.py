"""Sentences for people in their language: gettext catalogues es (complete) and en (the msgids themselves).

A sentence is never worth an error: without a translation it is English, without a value it shows the value's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from callmanager.i18n.po_files import read_po

LANGUAGES = ("es", "en")
DEFAULT_LANGUAGE = "es"
_FOLDER = Path(__file__).parent


def sentence(message: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """The msgid `message` in `language` with its %(name)s placeholders filled; English when there is no translation.

    A value that is itself a message with params (an error, a problem of a backup) is put into the language too.
    """
    text = catalogue(language).get(message) or message
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
def catalogue(language: str) -> dict[str, str]:
    """The translations of one language by msgid. Read once, when its first sentence is needed."""
    path = _FOLDER / language / "callmanager.po"
    return read_po(path.read_text("utf-8")) if language in LANGUAGES and path.exists() else {}


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
