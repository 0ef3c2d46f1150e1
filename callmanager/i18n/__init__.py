"""Sentences for people in their language: gettext catalogues es (complete) and en (the msgids themselves)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("es", "en")
_FOLDER = Path(__file__).parent


def sentence(message: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """The msgid `message` in `language` with its %(name)s placeholders filled; English when there is no translation."""
    text = catalogue(language).get(message) or message
    return text % params if params else text.replace("%%", "%")


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


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
    except ValueError:
        return 0.0


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations of one language by msgid. Read once, when its first sentence is needed."""
    path = _FOLDER / language / "callmanager.po"
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po  # noqa: PLC0415 - 50 ms that a start need not wait for

    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string and not m.fuzzy}
