"""Knows what stands in a cell of a workbook when its formula came to nothing, in the languages that Excel speaks."""

from __future__ import annotations

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

NOT_CALCULATED = "=?"
"""What a formula reads as whose program never wrote a result."""

_WORDS = (
    "#N/A #N/D #REF! #¡REF! #VALUE! #¡VALOR! #DIV/0! #¡DIV/0! #NAME? #¿NOMBRE? #NULL! #¡NULO! #NUM! #¡NUM! "
    "#SPILL! #¡DESBORDAMIENTO! #CALC! #¡CALC! #GETTING_DATA #FIELD! #BLOCKED! #UNKNOWN! #####"
)
_ERRORS = frozenset(_WORDS.split(" "))


def is_broken(text: str) -> bool:
    """Whether a cell holds no value but the sign that its formula failed, or was never calculated."""
    return text[:1] in {"#", "="} and (text == NOT_CALCULATED or text.upper() in _ERRORS)


def broken_phone(text: str) -> Invalid:
    """The reason of a row whose phone is such a cell."""
    if text == NOT_CALCULATED:
        return Invalid(
            "phone_not_calculated",
            N_("The phone is a formula without a result. Open the workbook in Excel, save it and import it again."),
            fields={"field": "phone"},
        )
    return Invalid(
        "phone_excel_error",
        N_("The phone is a formula that failed (%(text)s). Mend it in Excel, or write the number itself."),
        fields={"field": "phone"},
        text=text[:40],
    )
