"""The captions of the laboratory's InterPhone in the two languages that its buttons are known in.

They imitate another program, which does not speak through our catalogues.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabWords:
    """What is written on the window. `refused` is shown when the number holds what it does not dial."""

    title: str
    call: str
    hang_up: str
    line: str
    ready: str
    dialing: str
    ringing: str
    connected: str
    ended: str
    busy: str
    unanswered: str
    refused: str
    unreachable: str
    recent: str
    nobody: str
    lesson: str


SPANISH = LabWords(
    title="InterPhone - Extensión 101",
    call="Llamar",
    hang_up="Colgar",
    line="Ext. 101",
    ready="Listo",
    dialing="Marcando…",
    ringing="Timbrando…",
    connected="En llamada",
    ended="Llamada terminada",
    busy="Ocupado",
    unanswered="No contesta",
    refused="Número no válido: solo dígitos",
    unreachable="No se pudo llamar",
    recent="Recientes",
    nobody="Todavía no hay llamadas",
    lesson="Laboratorio de CallManager: no llama a nadie",
)

ENGLISH = LabWords(
    title="InterPhone - Extension 101",
    call="Call",
    hang_up="Hang up",
    line="Ext. 101",
    ready="Ready",
    dialing="Dialling…",
    ringing="Ringing…",
    connected="On a call",
    ended="Call ended",
    busy="Busy",
    unanswered="No answer",
    refused="Not a number: digits only",
    unreachable="The call failed",
    recent="Recent",
    nobody="No calls yet",
    lesson="CallManager's laboratory: it calls nobody",
)

LANGUAGES = {"es": SPANISH, "en": ENGLISH}
