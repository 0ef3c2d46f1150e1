"""The server and the key that IT configured for this PC: the environment, or else config_local.json beside the program.

Reads only; what the user chooses himself is a preference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

FILE_NAME = "config_local.json"
NAMES = ("SERVER_URL", "API_KEY")
PREFIX = "CALLMANAGER_"


@dataclass(frozen=True, slots=True)
class Configured:
    """Empty where nothing is configured. The key is a secret: it is never shown or written.

    `key_server` is the server that the key was given for: the one named in the same place as the key.
    """

    server: str = ""
    api_key: str = field(default="", repr=False)
    key_server: str = ""


def read_configured(folder: Path, environ: Mapping[str, str] = os.environ) -> Configured:
    """What is configured; the environment wins, name by name. Raises Invalid for a file of no use.

    A key whose place names no server is of the server that the other place names.
    """
    written = _read_file(folder / FILE_NAME)
    given = {name: environ.get(PREFIX + name, "").strip() for name in NAMES}
    server = given["SERVER_URL"] or written["SERVER_URL"]
    if given["API_KEY"]:
        return Configured(server, given["API_KEY"], server)
    return Configured(server, written["API_KEY"], (written["SERVER_URL"] or server) if written["API_KEY"] else "")


def _read_file(path: Path) -> dict[str, str]:
    try:
        found: Any = json.loads(path.read_text("utf-8-sig")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise Invalid(
            "configuration_unreadable",
            N_("%(path)s cannot be read. Copy it again from config_local.example.json, or remove it."),
            path=str(path),
        ) from error
    given = found if isinstance(found, dict) else {}
    return {name: _text(given.get(name, ""), name, path) for name in NAMES}


def _text(value: Any, name: str, path: Path) -> str:
    if not isinstance(value, str):
        raise Invalid(
            "configuration_invalid",
            N_('%(name)s in %(path)s must be a text between quotes ("...").'),
            name=name,
            path=str(path),
        )
    return value.strip()
