"""Text can be read on the grounds it stands on, light and dark."""

from __future__ import annotations

import itertools

import pytest

from callmanager.desktop import theme

GROUNDS = {"GROUND": theme.GROUND, "SURFACE": theme.SURFACE, "RAISED": theme.RAISED}
TEXTS = {name: getattr(theme, name) for name in ("TEXT", "QUIET", "LINK", "GOOD", "CAUTION", "BAD")}
PAIRS = [(text, ground) for text, ground in itertools.product(TEXTS.values(), GROUNDS.values())]
PAIRS += [(theme.ON_ACCENT, ground) for ground in (theme.ACCENT, theme.ACCENT_HOVER, theme.DANGER)]
PAIRS += [(theme.TEXT, theme.SELECTION)]
PAIRS += [(colour, theme.SURFACE) for colour in theme.STATUS_COLOURS.values()]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(text: theme.Colour, ground: theme.Colour, mode: int) -> None:
    assert contrast(text[mode], ground[mode]) >= 4.5


def contrast(first: str, second: str) -> float:
    """WCAG 2: from 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
