"""The pages that people read in a browser: plain HTML and one style sheet of our own, nothing from elsewhere.

Every text on them goes through `speak`, so that whoever collects texts sees what a page asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from callmanager.i18n import sentence
from callmanager.server.api.reference.error_codes import list_error_codes
from callmanager.server.api.reference.outline import outline
from callmanager.server.api.reference.statuses import MEANINGS, phrase

PAGES = Path(__file__).parent / "pages"

Speak = Callable[[str, str, Mapping[str, Any] | None], str]
"""A msgid, a language and values as a sentence: `callmanager.i18n.sentence`, or one that listens too."""


def reference_page(document: Mapping[str, Any], server: str, language: str, speak: Speak = sentence) -> str:
    """Every route of the OpenAPI document; `server` is the address that the curl lines call."""

    def say(message: str, /, **params: Any) -> str:
        return speak(message, language, params)

    sections = outline(document, server, say)
    return _render("reference.html", "/docs", language, speak, document=document, server=server, sections=sections)


def errors_page(language: str, speak: Speak = sentence) -> str:
    """Every status and every error code."""
    statuses = {status: (phrase(status), meaning) for status, meaning in MEANINGS.items()}
    return _render("errors.html", "/docs/errors", language, speak, codes=list_error_codes(), statuses=statuses)


def _render(page: str, path: str, language: str, speak: Speak, **values: Any) -> str:
    def translated(message: str, **params: Any) -> str:
        return speak(message, language, params or None)

    def shown(message: str) -> str:
        """A sentence with the names of its placeholders, for those who read about it."""
        return re.sub(r"%\((\w+)\)s", r"‹\1›", translated(message))

    names = {"_": translated, "shown": shown, "marked": _marked}
    return _environment().get_template(page).render(path=path, language=language, **names, **values)


def _marked(text: str) -> Markup:
    """Escaped text in which what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def style_sheet() -> bytes:
    """The CSS of all pages."""
    return (PAGES / "style.css").read_bytes()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
