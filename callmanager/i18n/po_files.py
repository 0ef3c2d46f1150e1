"""Reads gettext .po files, the part of them that `deploy/write_catalogue.py` writes: no contexts, no plurals.

Babel reads all of the format and takes 50 ms to import, which a start need not wait for; a test compares the two.
"""

from __future__ import annotations

import ast


def read_po(text: str) -> dict[str, str]:
    """Translations by msgid. Fuzzy, empty and obsolete entries are left out, and so is the head."""
    found: dict[str, str] = {}
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if not line.startswith("#")]
        parts = _parts(lines)
        if parts.get("msgid") and parts.get("msgstr") and not _is_fuzzy(block):
            found[parts["msgid"]] = parts["msgstr"]
    return found


def _parts(lines: list[str]) -> dict[str, str]:
    """`msgid` and `msgstr` of one entry, each put together from its lines."""
    parts: dict[str, str] = {}
    name = ""
    for line in lines:
        keyword, _, rest = line.partition(" ")
        if keyword in ("msgid", "msgstr"):
            name = keyword
            parts[name] = str(ast.literal_eval(rest))
        elif name and line.startswith('"'):
            parts[name] += str(ast.literal_eval(line))
    return parts


def _is_fuzzy(block: str) -> bool:
    return any(line.startswith("#,") and "fuzzy" in line for line in block.split("\n"))
