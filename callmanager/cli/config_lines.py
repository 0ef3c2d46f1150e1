"""Writes settings into config.py as a person would: in the place of their line, commented or not, else at the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from callmanager.domain.errors import CallManagerError
from callmanager.setting_sources import decode_source
from callmanager.settings import load_settings


def write_lines(home: Path, values: Mapping[str, str]) -> None:
    """Set these texts in the config.py of `home`, which may not exist; all else in it stays.

    Raises SettingsError, and leaves the file as it was, where it could then not be read.
    """
    if not values:
        return
    path = home / "config.py"
    before = path.read_bytes() if path.is_file() else None
    text = decode_source(before or b"")
    for name, value in values.items():
        text = _with_line(text, name, value)
    path.write_text(text, "utf-8", newline="")
    try:
        load_settings(home)
    except CallManagerError:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
        raise


def _with_line(text: str, name: str, value: str) -> str:
    line = f"{name} = {_quoted(value)}"
    found = list(re.finditer(rf"^(#[ \t]*)?{name}[ \t]*=.*?(?=\r?$)", text, re.MULTILINE))
    in_use = [one for one in found if not one[1]] or found
    if in_use:  # of several lines Python takes the last
        return text[: in_use[-1].start()] + line + text[in_use[-1].end() :]
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
