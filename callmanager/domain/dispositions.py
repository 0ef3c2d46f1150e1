"""What can come of a call: the codes, the names people see, and what each means for the contact. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.retries import NEXT_DAY
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_

NEW = "SIN_GESTIONAR"

# Codes are what people know from years of lists; they stay as they are, on screen and on the wire.
STATUSES: dict[str, str] = {
    "SIN_GESTIONAR": N_("Not worked yet"),
    "NC": N_("No answer"),
    "OCUPADO": N_("Busy"),
    "BUZON": N_("Voice mail"),
    "CUELGA": N_("Hangs up"),
    "VOLVER_A_LLAMAR": N_("Call again"),
    "INTERESADO": N_("Interested"),
    "VENTA": N_("Sale"),
    "NO_INTERESADO": N_("Not interested"),
    "NO_CONTACTO": N_("Does not want contact"),
    "SERVICIOS_ACTIVOS": N_("Already has services"),
    "NUMERO_EQUIVOCADO": N_("Wrong number"),
    "NO_EXISTE": N_("Number does not exist"),
    "SIN_RED": N_("No network / switched off"),
}

# What lists call the same thing. Compared folded, with words joined by `_`.
_SPELLINGS: dict[str, str] = {
    "NUEVO": "SIN_GESTIONAR",
    "NO_CONTESTA": "NC",
    "BUZON_DE_VOZ": "BUZON",
    "NO_DESEA_CONTACTO": "NO_CONTACTO",
    "YA_TIENE_SERVICIOS": "SERVICIOS_ACTIVOS",
    "APAGADO": "SIN_RED",
    "SIN_RED_APAGADO": "SIN_RED",
}


class Finality(StrEnum):
    """For how long a contact with this disposition is not called any more."""

    NO = "no"
    CAMPAIGN = "campaign"
    ALWAYS = "always"


class NumberMark(StrEnum):
    """What it says of the number that was called."""

    NONE = ""
    WRONG = "wrong"  # it is somebody else's: of no use for this contact
    NONEXISTENT = "nonexistent"  # of no use for anybody


class Callback(StrEnum):
    """Whether a time to call back is asked for."""

    NO = "no"
    SUGGESTED = "suggested"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Disposition:
    """One row of the table that managers keep.

    `name` is empty for the program's own, which are shown by STATUSES. `contact`: somebody of the contact was reached.
    `retry` is a rule of retries.py. `priority` orders contacts with this status, lower first; None: not offered.
    `key` is the digit that chooses it. Talk shorter than `ask_below_seconds` makes the program ask once.
    """

    code: str
    position: int
    name: str = ""
    contact: bool = False
    positive: bool = False
    sale: bool = False
    final: Finality = Finality.NO
    do_not_call: bool = False
    number_mark: NumberMark = NumberMark.NONE
    callback: Callback = Callback.NO
    needs_note: bool = False
    retry: Mapping[str, Any] = field(default_factory=dict)
    priority: int | None = None
    key: int | None = None
    ask_below_seconds: int = 0
    active: bool = True

    def columns(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: value.value if isinstance(value, StrEnum) else value for name, value in asdict(self).items()}


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_HALF_A_YEAR = 182 * _DAY

DEFAULTS: tuple[Disposition, ...] = (
    Disposition(NEW, 1, priority=3),
    Disposition("NC", 2, retry={"delays": [2 * _HOUR, 4 * _HOUR, NEXT_DAY], "most": 6}, priority=1, key=1),
    Disposition("OCUPADO", 3, retry={"delays": [15 * _MINUTE], "most": 4}, priority=1, key=2),
    Disposition("BUZON", 4, retry={"delays": [4 * _HOUR], "most": 4}, priority=2, key=3),
    Disposition("CUELGA", 5, contact=True, retry={"delays": [NEXT_DAY], "most": 2}, priority=2, key=4),
    Disposition("VOLVER_A_LLAMAR", 6, contact=True, callback=Callback.REQUIRED, priority=0, key=5),
    Disposition(
        "INTERESADO",
        7,
        contact=True,
        positive=True,
        callback=Callback.SUGGESTED,
        priority=4,
        key=6,
        ask_below_seconds=10,
    ),
    Disposition("VENTA", 8, contact=True, positive=True, sale=True, final=Finality.ALWAYS, key=7, ask_below_seconds=10),
    Disposition("NO_INTERESADO", 9, contact=True, final=Finality.CAMPAIGN, key=8),
    Disposition("NO_CONTACTO", 10, final=Finality.ALWAYS, do_not_call=True, priority=22, key=9),
    Disposition(
        "SERVICIOS_ACTIVOS",
        11,
        contact=True,
        final=Finality.CAMPAIGN,
        retry={"delays": [_HALF_A_YEAR], "most": 10},
        priority=10,
    ),
    Disposition("NUMERO_EQUIVOCADO", 12, number_mark=NumberMark.WRONG),
    Disposition("NO_EXISTE", 13, number_mark=NumberMark.NONEXISTENT, priority=20),
    Disposition("SIN_RED", 14, retry={"delays": [3 * _DAY], "most": 3}, priority=21),
)
"""What a new database holds."""

MOST = 100
CODE_LENGTH = 40
NAME_LENGTH = 60
_CODE = re.compile(rf"[A-Z][A-Z0-9_]{{1,{CODE_LENGTH - 1}}}")

# What may be set on the status of a contact that nobody has called: it is no outcome, so it has no flags.
SETTABLE_ON_NEW = frozenset({"name", "position", "priority"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Contradiction:
    """Two settings that exclude each other; `setting` is the one to name. It is the end of a sentence of its own."""

    setting: str
    holds: Callable[[Row], Any]
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


_CONTRADICTIONS = (
    _Contradiction(
        "sale",
        lambda row: row["sale"] and not row["positive"],
        N_("A sale is a positive outcome. Set positive as well."),
    ),
    _Contradiction(
        "positive",
        lambda row: row["positive"] and not row["contact"],
        N_("A positive outcome means that somebody was reached. Set contact as well."),
    ),
    _Contradiction(
        "do_not_call",
        lambda row: row["do_not_call"] and row["positive"],
        N_("Whoever is not to be called again is no positive outcome. Choose one of the two."),
    ),
    _Contradiction(
        "final",
        lambda row: row["do_not_call"] and row["final"] != Finality.ALWAYS,
        N_("Whoever is not to be called again is done for good. Set final to always."),
    ),
    _Contradiction(
        "retry",
        lambda row: row["final"] == Finality.ALWAYS and row["retry"],
        N_("A contact that is done for good is not tried again. Leave out the retry rule, or change final."),
    ),
    _Contradiction(
        "callback",
        lambda row: row["final"] == Finality.ALWAYS and row["callback"] != Callback.NO,
        N_("A contact that is done for good is not called back. Set callback to no, or change final."),
    ),
    _Contradiction(
        "contact",
        lambda row: row["number_mark"] and row["contact"],
        N_("On a number that is wrong or does not exist nobody of the contact was reached. Set contact to false."),
    ),
    _Contradiction(
        "retry",
        lambda row: row["number_mark"] and row["retry"],
        N_("A marked number is not tried again, the next one is. Leave out the retry rule."),
    ),
    _Contradiction(
        "callback",
        lambda row: row["number_mark"] and row["callback"] != Callback.NO,
        N_("A marked number is not called back. Set callback to no."),
    ),
    _Contradiction(
        "retry",
        lambda row: row["callback"] == Callback.REQUIRED and row["retry"],
        N_("With a required callback its time says when to call again. Leave out the retry rule."),
    ),
    _Contradiction(
        "key",
        lambda row: row["key"] is not None and not row["active"],
        N_("An outcome that is not in use has no key. Set key to null."),
    ),
)


def check_rules(row: Row) -> None:
    """Raises Invalid when two settings of a disposition, given as columns, exclude each other."""
    for one in _CONTRADICTIONS:
        if one.holds(row):
            raise Invalid(
                "disposition_contradiction",
                N_("These settings do not go together. %(reason)s"),
                fields={"field": one.setting},
                reason=one,
            )


def check_code(text: str) -> str:
    """A code of one's own as it is stored. Raises Invalid."""
    code = spell_code(text)
    if not _CODE.fullmatch(code):
        raise Invalid(
            "disposition_code_invalid",
            N_("A code has 2 to %(limit)s letters without accents, digits or _ and starts with a letter."),
            fields={"field": "code"},
            limit=CODE_LENGTH,
        )
    return code


def spell_code(text: str) -> str:
    """The stored spelling of a code, whatever its case, accents and blanks; what lists call otherwise is put right."""
    code = "_".join(fold(text).upper().replace("/", " ").replace("_", " ").split())
    return _SPELLINGS.get(code, code)


def check_status(text: str, known: Collection[str] = STATUSES) -> str:
    """The stored code for `text`, one of `known`. Raises Invalid."""
    code = spell_code(text)
    if code not in known:
        raise Invalid(
            "status_unknown",
            N_("The status %(status)s is not known. Known ones: %(known)s."),
            fields={"field": "status", "allowed": list(known)},
            status=text[:40],
            known=", ".join(known),
        )
    return code
