"""The pages that people read in a browser: plain HTML and one style sheet of our own, nothing from elsewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from callmanager.i18n import sentence

PAGES = Path(__file__).parent / "pages"


def render(page: str, language: str, **values: Any) -> str:
    """The page `page` (such as "reference.html") in `language`."""

    def translated(message: str, **params: Any) -> str:
        return sentence(message, language, params or None)

    def shown(message: str) -> str:
        """A sentence with the names of its placeholders, for those who read about it."""
        return re.sub(r"%\((\w+)\)s", r"‹\1›", translated(message))

    names = {"_": translated, "shown": shown, "marked": _marked}
    return _environment().get_template(page).render(language=language, **names, **values)


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
