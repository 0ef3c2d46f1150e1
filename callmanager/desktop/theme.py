"""Colours, fonts and spacing of the window, for light and dark. Values only: who draws takes them from here.

A colour is a pair (light, dark), as CustomTkinter takes it. Text on its ground has a contrast of 4.5:1 at least
(tests/desktop/test_theme.py).
"""

from __future__ import annotations

Colour = tuple[str, str]

GRID = 8
"""Pixels at 100 %. Distances are multiples of it, or its half."""
BAR_WIDTH = 12
"""Pixels at 100 %, of the bar beside what scrolls."""
SCALES = (90, 100, 110, 125, 150)
APPEARANCES = ("system", "light", "dark")

GROUND: Colour = ("#f4f6f8", "#15181c")
SURFACE: Colour = ("#ffffff", "#1e2227")
RAISED: Colour = ("#eaeef2", "#2a2f36")
LINE: Colour = ("#c9d1d9", "#3b424b")
TEXT: Colour = ("#17202a", "#e8ecf0")
QUIET: Colour = ("#4f5b67", "#a9b4bf")
ACCENT: Colour = ("#0b5cad", "#2774c4")
ACCENT_HOVER: Colour = ("#094a8c", "#1f5f9f")
ON_ACCENT: Colour = ("#ffffff", "#ffffff")
LINK: Colour = ("#0b5cad", "#7cb8f5")
"""The accent as text, and around what has the focus."""
DANGER: Colour = ("#b3261e", "#b93a32")
"""Under ON_ACCENT, on a button that takes something away."""
DISABLED: Colour = ("#7b8590", "#7d8894")
"""Text of what cannot be done now; it need not be read to work."""
SELECTION: Colour = ("#cfe3f7", "#234a70")
GOOD: Colour = ("#1a6b34", "#6fcf8c")
CAUTION: Colour = ("#8a5300", "#f0b429")
BAD: Colour = ("#b3261e", "#ff8a80")

TEXT_SIZE = 13
SMALL_SIZE = 12
TITLE_SIZE = 20
ROW_HEIGHT = 28
"""Of a row of the table at 100 %."""

STATUS_COLOURS: dict[str, Colour] = {
    "SIN_GESTIONAR": QUIET,
    "NC": CAUTION,
    "OCUPADO": CAUTION,
    "BUZON": CAUTION,
    "CUELGA": CAUTION,
    "VOLVER_A_LLAMAR": LINK,
    "INTERESADO": GOOD,
    "VENTA": GOOD,
    "NO_INTERESADO": BAD,
    "NO_CONTACTO": BAD,
    "SERVICIOS_ACTIVOS": QUIET,
    "NUMERO_EQUIVOCADO": BAD,
    "NO_EXISTE": BAD,
    "SIN_RED": CAUTION,
}
"""A colour never stands alone: the code or the name of the status is beside it."""
