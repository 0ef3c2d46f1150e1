"""The stored statuses: the code of a contact's last disposition, with the names people see."""

from __future__ import annotations

from callmanager.domain.errors import Invalid
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


def check_status(text: str) -> str:
    """The stored code for `text`, whatever its case, accents and blanks. Raises Invalid."""
    code = "_".join(fold(text).upper().replace("/", " ").replace("_", " ").split())
    code = _SPELLINGS.get(code, code)
    if code not in STATUSES:
        raise Invalid(
            "status_unknown",
            N_("The status %(status)s is not known. Known ones: %(known)s."),
            fields={"field": "status", "allowed": list(STATUSES)},
            status=text[:40],
            known=", ".join(STATUSES),
        )
    return code
