"""Knows the words that people put together to a heading over phones, in Spanish and English. Looks at no values."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def plain(heading: str) -> str:
    """The heading without accents, case or punctuation: `Teléfono_Móvil:` is `telefono movil`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", heading.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PHONE_WORDS = _set(
    "telefono telefonos tel tels telf tlf tlfno tfno fono fonos phone phones telephone number numero num nro no"
)
MOBILE_WORDS = _set(
    "celular celulares cel movil moviles mobile mobiles cell cellphone iphone whatsapp wa wpp wsp wasap"
)
PLACE_WORDS = _set(
    "casa hogar oficina trabajo home office work otro otra other fijo fax principal main alternativo alternativa "
    "alternative alterno secundario secondary adicional additional personal particular directo direct contacto contact "
    "landline recado emergencia emergency alt alterna business negocio empresa company car radio assistant primary "
    "pager localizador buscapersonas telex ayudante"
)
_SMALL_WORDS = _set("de del la el the of y and s n value valor")
_KNOWN = PHONE_WORDS | MOBILE_WORDS | PLACE_WORDS
_CLIENT_WORDS = _set("cliente customer client")
CERTAIN = (PHONE_WORDS | MOBILE_WORDS) - _set("number numero num nro no wa")
"""Words that name a phone by themselves."""
UNCERTAIN = _set("numero number numeros num nro")


@lru_cache(maxsize=4_096)
def words_of(heading: str) -> tuple[str, ...]:
    """Its words without the small ones; `HomePhone` and `telcasa` are two, and `tel2`."""
    found = re.findall(r"\d+|[^\W\d]+", plain(heading).replace("_", " "))
    return tuple(part for word in found if word not in _SMALL_WORDS for part in _run_together(word))


def _run_together(word: str) -> tuple[str, ...]:
    if word in _KNOWN:
        return (word,)
    for place in range(2, len(word) - 1):
        first, second = word[:place], word[place:]
        if {first, second} <= _KNOWN and {first, second} & CERTAIN:
            return (first, second)
    return (word,)


def is_phone_heading(heading: str) -> bool:
    """Whether the heading names a phone for certain (`casa` and `número` alone do not)."""
    words = words_of(heading)
    return bool(CERTAIN & set(words)) and only_phone_words(words)


def only_phone_words(words: tuple[str, ...]) -> bool:
    """Whether nothing else stands in the heading than a phone, its place and its number."""
    return all(word in _KNOWN | _CLIENT_WORDS or (word.isdigit() and len(word) == 1) for word in words)


def may_head_phones(heading: str) -> bool:
    """Whether a column is one of phones if it holds them: a place (`casa`), or a phone word among others."""
    words = words_of(heading)
    if CERTAIN & set(words):
        return True
    return bool(words) and only_phone_words(words) and not all(word.isdigit() for word in words)


def plainest(certain: list[str]) -> list[str]:
    """The columns whose heading says phone and nothing of a second one, or all of them when there is none."""
    return [c for c in certain if not (PLACE_WORDS & set(words_of(c)) or _is_numbered(c))] or certain


def _is_numbered(heading: str) -> bool:
    return any(word.isdigit() and word != "1" for word in words_of(heading))


def phone_label(heading: str) -> str:
    """What a heading says of its phone besides that it is one: `Tel. casa` is `casa`."""
    kept = [
        word
        for word in heading.replace("_", " ").split()
        if plain(word) not in PHONE_WORDS | _SMALL_WORDS and plain(word)
    ]
    return (" ".join(kept).strip(" :.,;-") or heading)[:40].strip()
