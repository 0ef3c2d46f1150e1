"""Lays calls out as a table that people read; talk says whether it was measured or is estimated.

Reads in pieces, so that no transaction stays open while a slow client takes a long list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from callmanager.domain.people import Actor
from callmanager.domain.permissions import visibility
from callmanager.server.changes.log import visible_records
from callmanager.server.queries.calls import CallFilter, list_calls
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import campaigns, contacts, teams

PIECE = 500

_HEADINGS = {
    "es": {
        "id": "Llamada",
        "requested_at": "Inicio",
        "user": "Agente",
        "team": "Equipo",
        "campaign": "Campaña",
        "contact_id": "Contacto",
        "name": "Nombre",
        "number": "Número",
        "driver": "Teléfono usado",
        "connected_at": "Contestada",
        "ended_at": "Fin",
        "result": "Resultado",
        "cause": "Causa",
        "disposition": "Tipificación",
        "talk_seconds": "Conversación (s)",
        "talk_is": "Conversación es",
        "held_seconds": "En espera (s)",
        "wrap_up_seconds": "Cierre (s)",
        "callback_at": "Volver a llamar",
        "note": "Nota",
        "override_reason": "Motivo de excepción",
        "measured": "medida",
        "estimated": "estimada",
    },
    "en": {
        "id": "Call",
        "requested_at": "Start",
        "user": "Agent",
        "team": "Team",
        "campaign": "Campaign",
        "contact_id": "Contact",
        "name": "Name",
        "number": "Number",
        "driver": "Phone used",
        "connected_at": "Answered",
        "ended_at": "End",
        "result": "Result",
        "cause": "Cause",
        "disposition": "Disposition",
        "talk_seconds": "Talk (s)",
        "talk_is": "Talk is",
        "held_seconds": "On hold (s)",
        "wrap_up_seconds": "Wrap-up (s)",
        "callback_at": "Call back",
        "note": "Note",
        "override_reason": "Reason of exception",
        "measured": "measured",
        "estimated": "estimated",
    },
}
_WORDS = ("measured", "estimated")


class CallSheet:
    """Calls as rows of texts under headings in the reader's language. May be read once or again."""

    def __init__(self, storage: Storage, actor: Actor, wanted: CallFilter, language: str) -> None:
        self._storage, self._actor, self._wanted = storage, actor, wanted
        self._headings = _HEADINGS.get(language, _HEADINGS["es"])
        self.columns = [heading for name, heading in self._headings.items() if name not in _WORDS]
        with storage.read() as connection:
            self._teams = dict(connection.execute(select(teams.c.id, teams.c.name)).all())
            self._campaigns = dict(connection.execute(select(campaigns.c.id, campaigns.c.name)).all())

    def rows(self) -> Iterator[dict[str, str]]:
        """Every call that is wanted, newest first, as cells by heading."""
        cursor: str | None = None
        while True:
            with self._storage.read() as connection:
                page = list_calls(connection, self._actor, self._wanted, limit=PIECE, cursor=cursor)
                ids = {call["contact_id"] for call in page.items}
                present = visible_records(visibility(self._actor), contacts.c.team_id)
                found = select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_(ids), present)
                names = dict(connection.execute(found).all())
            for call in page.items:
                yield self._cells(call, names.get(call["contact_id"], ""))
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def _cells(self, call: dict[str, Any], name: str) -> dict[str, str]:
        shown = {
            **call,
            "name": name,
            "team": self._teams.get(call["team_id"]),
            "campaign": self._campaigns.get(call["campaign_id"]),
            "talk_is": self._kind(call),
        }
        return {
            heading: "" if (value := shown[column]) is None else str(value)
            for column, heading in self._headings.items()
            if column not in _WORDS
        }

    def _kind(self, call: dict[str, Any]) -> str:
        if call["talk_seconds"] is None:
            return ""
        return self._headings["estimated" if call["estimated"] else "measured"]
