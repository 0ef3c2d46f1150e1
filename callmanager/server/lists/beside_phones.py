"""Finds the columns that say something of the phone beside them: its extension, or what kind of phone it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_EXTENSION = re.compile(r"(?:numero de |no )?(?:extension|ext|extn|anexo|interno|phone extension|phone ext)(?: (\d))?")
_SURE_EXTENSION = re.compile(r"(?:phone )?(?:ext|extn|extension)(?: \d)?")
_LABEL = re.compile(r"(?:phone|telefono)(?: (\d))? (?:label|type|etiqueta|tipo)")
_DIGITS = re.compile(r"(?:ext\w*[ .:#]*)?\d{1,9}(?:\.0)?", re.IGNORECASE)


def find_beside(
    headings: Mapping[str, str], phones: Mapping[str, str], samples: Mapping[str, list[str]]
) -> dict[str, str]:
    """Targets of such columns. `headings` are the columns, plain, in the order of the file; `phones` the targets of the
    columns of phones. An extension belongs to the phone on its left, or else to the next one."""
    found: dict[str, str] = {}
    columns = list(headings)
    for place, column in enumerate(columns):
        if column in phones:
            continue
        target = _target(headings[column], samples[column])
        phone = _phone_of(target, columns, place, phones) if target else None
        wanted = phone and f"{target}{phone.removeprefix('phone')}"
        if wanted and wanted not in found.values():
            found[column] = wanted
    return found


def is_label_heading(heading: str) -> bool:
    """Whether a plain heading names what kind of phone the column beside it holds."""
    return _LABEL.fullmatch(heading) is not None


def _target(heading: str, values: Sequence[str]) -> str | None:
    if _LABEL.fullmatch(heading):
        return "phone_label"
    if not _EXTENSION.fullmatch(heading):
        return None
    digits = sum(bool(_DIGITS.fullmatch(value)) for value in values)
    is_sure = not values and bool(_SURE_EXTENSION.fullmatch(heading))
    return "extension" if is_sure or 2 * digits > len(values) else None


def _phone_of(target: str, columns: Sequence[str], place: int, phones: Mapping[str, str]) -> str | None:
    left = [column for column in columns[:place] if column in phones]
    right = [column for column in columns[place + 1 :] if column in phones]
    near = [*right, *reversed(left)] if target == "phone_label" else [*reversed(left), *right]
    return phones[near[0]] if near else None
