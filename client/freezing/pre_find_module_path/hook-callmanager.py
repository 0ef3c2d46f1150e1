"""Tells PyInstaller that the package is in the folder above the launcher's, unless it is installed."""

from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]


def pre_find_module_path(api: Any) -> None:
    """Called by PyInstaller before it looks for the package; the checkout comes first, as in the launcher."""
    api.search_dirs = [str(CHECKOUT), *api.search_dirs]
