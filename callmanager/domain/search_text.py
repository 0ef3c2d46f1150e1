"""How words are folded so that people find and sort them without accents, case or punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from callmanager.domain.contact_fields import FIELDS, TEXTS, FieldKind, names_of

_MARKS = re.compile(r"[\u0300-\u036f]")
_PHONE_QUERY = re.compile(r"[+(]?[\d\s().+\-/]*\d[\d\s().+\-/]*")
_NOT_DIGIT = re.compile(r"\D")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")  # a second e-mail address of a person is a field of the office's own
_SPACES = re.compile(r"\s+")
_SEARCHED = tuple(field.name for field in FIELDS if field.is_searched and field.kind in TEXTS - {FieldKind.LINES})
_LINES = tuple(field.name for field in FIELDS if field.is_searched and field.kind is FieldKind.LINES)
SEARCHED_OF_LINES = 500
"""So many of the first characters of a text of several lines are searched: it may be as long as a letter, and what is
searched of it stands in the server's index and in every agent's copy."""
_AS_WRITTEN = frozenset(names_of(FieldKind.EMAIL))
_ENYE = ("n\u0303", "n~")


def fold(text: str) -> str:
    """Lower case without accents: `Álvaro Muñoz` -> `alvaro munoz`."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def sort_key(text: str) -> str:
    """The key that sorts as Spanish dictionaries do: accents do not count, ñ stands after n."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold()).replace(*_ENYE)
    return _MARKS.sub("", decomposed)


def query_terms(query: str) -> list[str]:
    """The folded pieces of `query` that must all be found; a phone typed with blanks or hyphens is one piece."""
    text = query.strip()
    if _PHONE_QUERY.fullmatch(text):
        return [_NOT_DIGIT.sub("", text)]
    return fold(text).split()


def search_text(contact: Mapping[str, Any]) -> str:
    """The folded words and the digits by which people find a contact: what `query_terms` are looked for in."""
    words = [contact[name].lower() if name in _AS_WRITTEN else fold(contact[name]) for name in _SEARCHED]
    for phone in contact["phones"]:
        words.append(_NOT_DIGIT.sub("", phone["number"]))
        if phone["e164"]:
            words.append(phone["e164"][1:])
    words += [text.lower() for text in contact.get("extra", {}).values() if "@" in text and _ADDRESS.fullmatch(text)]
    return _SPACES.sub(" ", " ".join(dict.fromkeys(word for word in words if word)))


def searched_note(contact: Mapping[str, Any]) -> str:
    """The folded beginning of what is written of a contact: its words are found, too."""
    parts = [fold(contact[name][:SEARCHED_OF_LINES]) for name in _LINES if contact[name]]
    return _SPACES.sub(" ", " ".join(parts)) if parts else ""


def searched_words(contact: Mapping[str, Any]) -> str:
    """Both together, as a client's copy has them in one column."""
    note = searched_note(contact)
    return f"{search_text(contact)} {note}" if note else search_text(contact)
