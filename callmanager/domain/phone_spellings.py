"""Reads how people and Excel write a phone number: plain characters, mended damage, digits, extension.

It knows no numbering plan and never drops a digit that a person wrote; which country a number is of is for `phones`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

MAX_LENGTH = 40
MIN_DIGITS = 5  # fewer are service numbers (911, 1193) and extensions: nobody's own number

_QUOTES = " '\"`´’‘“”"
_SEPARATORS = str.maketrans("", "", " -.()[]_")
_ENDS = " ,;:./#"

_WRAPPED = re.compile(r'=(?:"([^"=]*)"|(\+?\d+))')  # ="8812" is how programs tell Excel to keep a text
_SCHEME = re.compile(r"(?:tel|callto):(?=[+(\d])", re.IGNORECASE)
_DECIMALS = re.compile(r"(\+?\d{7,})[.,]0{1,2}")
_THOUSANDS = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.0{1,2})?|(\d{1,3}(?:\.\d{3})+),0{1,2}")
_SCIENTIFIC = re.compile(r"[+-]?(\d)(?:[.,](\d+))? ?[eE] ?\+?(\d{1,3})")
_FORMULA = re.compile(r"[=@]|[+-] ?[^\W\d_]")
_EXCEL_ERROR = re.compile(r"#[\W_]*(?:[^\W\d_]|$)")  # #N/A, #DIV/0!, #####
_CONTEXT = re.compile(r"(.*);phone-context=(\+\d{1,3})")
_WORD = re.compile(r"([^\W\d_]+)[.:]*")
_EXTENSION = re.compile(
    r"(?P<base>.*\d[) ]*?)[ ,;(.-]*"
    r"(?:(?:ext(?:ensi[oó]n)?|extn|int(?:erno)?|anexo)[ .:=#]*(?P<named>\d{1,9})"
    r"|(?:x|#|[,;]+) ?(?P<marked>\d{1,6}))#?\)?"
)
# fmt: off
_LABELS = frozenset([
    "tel", "telf", "tlf", "tfno", "telefono", "teléfono", "cel", "celular", "movil", "móvil", "casa", "oficina",
    "trabajo", "fax", "whatsapp", "wa", "no", "nº", "num", "numero", "número",
    "phone", "telephone", "mobile", "cell", "home", "work", "office", "callto",
])
# fmt: on
_JOINING = re.compile(r"(?<= )(?:y|e|o|u|and|or)(?= )")  # "8812-3456 o 2217-9878" is kept whole, like a slash


class Spelling(NamedTuple):
    """What is written, before any numbering plan is asked."""

    number: str  # as written, in plain characters, Excel's damage mended
    digits: str  # those of the number, without its extension
    plus: bool  # a + stands in front of them
    extension: str  # "" without one
    single: bool  # surely one number; False for "8812-3456 / 57" and other unclear signs


def read_spelling(text: str) -> Spelling:
    """Read `text` as one phone number.

    Raises Invalid: phone_missing phone_too_short phone_letters phone_damaged phone_formula phone_too_long.
    """
    number = _mended(_in_plain_characters(text))
    core, extension = number, ""
    if not _bare(number).isdecimal():
        core, extension = _without_extension(_without_words(number))
        core = core.strip(_ENDS)
    bare = _bare(core)
    digits = bare if bare.isdecimal() else "".join(filter(str.isdecimal, bare))
    _check_digits(number, core, digits)
    return Spelling(number, digits, "+" in core[: core.index(digits[0])], extension, _is_single(bare))


def _bare(text: str) -> str:
    return text.translate(_SEPARATORS).lstrip("+")


def _rejected(code: str, message: str, **params: int) -> Invalid:
    return Invalid(code, message, fields={"field": "phone"}, **params)


def _in_plain_characters(text: str) -> str:
    """Trim, then fold what looks or sounds the same: foreign digits, wide signs, every dash and blank."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise _rejected(
            "phone_too_long",
            N_("The phone number has more than %(limit)d characters. Write one number only."),
            limit=MAX_LENGTH,
        )
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, unicodedata.normalize("NFC", text))).strip()


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in {"Cf", "Cs"}:  # zero-width, direction marks, broken halves of a character: copied along unseen
        return ""
    if category in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    if category == "Pd" or char == "\u2212":
        return "-"
    return chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char


def _mended(number: str) -> str:
    """Undo what Excel and web pages do to a number, where nothing was lost; raise Invalid where it was."""
    if "." not in number and _bare(number).isdecimal():
        return number
    if wrapped := _WRAPPED.fullmatch(number):
        number = wrapped[1] or wrapped[2] or ""
    number = _SCHEME.sub("", number.strip(_QUOTES), count=1)
    _check_not_formula(number)
    if decimals := _DECIMALS.fullmatch(number):
        return decimals[1]
    if thousands := _THOUSANDS.fullmatch(number):
        return (thousands[1] or thousands[2]).replace(",", "").replace(".", "")
    if scientific := _SCIENTIFIC.fullmatch(number):
        return _rebuilt(*scientific.groups(default=""))
    return number


def _rebuilt(first: str, fraction: str, exponent: str) -> str:
    """5.0688123456E+10 still has every digit; 5,06889E+10 has lost some, and zeros would be somebody else's number."""
    if len(fraction) != int(exponent):
        raise _damaged()
    return first + fraction


def _damaged() -> Invalid:
    return _rejected(
        "phone_damaged",
        N_("Excel has replaced this number and its digits are lost. Format the column as text and write it again."),
    )


def _check_not_formula(number: str) -> None:
    if _FORMULA.match(number):
        raise _rejected("phone_formula", N_("This is a formula, not a phone number. Write the number itself."))
    if _EXCEL_ERROR.match(number):
        raise _damaged()


def _without_words(number: str) -> str:
    """Lower case without "cel.", "casa" and the like; a tel: address gets its context in front."""
    text = number.casefold()
    if context := _CONTEXT.fullmatch(text):
        text = context[2] + context[1]
    text = _JOINING.sub("|", text)
    return _WORD.sub(lambda word: " " if word[1] in _LABELS else word[0], text).strip()


def _without_extension(text: str) -> tuple[str, str]:
    """Split off the extension. A mere sign (x, #, comma) counts only after a whole number."""
    match = _EXTENSION.fullmatch(text)
    if match is None:
        return text, ""
    long_enough = sum(map(str.isdecimal, match["base"])) >= 7
    if match["marked"] is not None and not long_enough:
        return text, ""
    return match["base"], match["named"] or match["marked"]


def _check_digits(number: str, core: str, digits: str) -> None:
    if any(map(str.isalpha, core)) or (not digits and any(map(str.isalpha, number))):
        raise _rejected("phone_letters", N_("There are letters where the phone number should be. Write its digits."))
    if not digits:
        raise _rejected("phone_missing", N_("There is no phone number in this row."))
    if len(digits) < MIN_DIGITS:
        raise _rejected(
            "phone_too_short",
            N_("The phone number is too short. Write at least %(limit)d digits."),
            limit=MIN_DIGITS,
        )


def _is_single(bare: str) -> bool:
    """Whether only digits are left, or an area code with a slash (030/123456), which is no second number."""
    area, slash, rest = bare.partition("/")
    return bare.isdecimal() or bool(slash and area.isdecimal() and rest.isdecimal() and len(area) <= 6)
