"""The statuses that a contact can have: the program's own and the managers', named in the window's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Replica
from callmanager.domain.dispositions import NEW, STATUSES, Callback, Finality

_BEFORE_THE_FIRST_SYNC: list[Mapping[str, Any]] = [{"code": code, "name": "", "active": True} for code in STATUSES]


class Statuses:
    """`rows` are dispositions as on the wire. Those that are not in use any more have names and are not offered."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.are_known = bool(rows)
        """Whether the server has sent them."""
        self._rows = {row["code"]: row for row in rows or _BEFORE_THE_FIRST_SYNC}

    @classmethod
    def of(cls, replica: Replica) -> Self:
        """As the server last sent them, in the managers' order."""
        rows = replica.list_records("disposition")
        return cls(sorted(rows, key=lambda row: (row["position"], row["id"])))

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The dispositions themselves; none before the server has sent them."""
        return list(self._rows.values()) if self.are_known else []

    def name(self, code: str, speech: Speech) -> str:
        """What people see for a code; the code of one that is not known."""
        given = self._rows.get(code, {}).get("name")
        return str(given) if given else speech.say(STATUSES.get(code, code))

    def choices(self, speech: Speech, *, chosen: str | None = None) -> list[tuple[str, str]]:
        """What may be chosen, by code and name; and what is `chosen` already, though it could not be any more."""
        codes = [code for code, row in self._rows.items() if row["active"] or code == chosen]
        if chosen is not None and chosen not in self._rows:
            codes.append(chosen)
        return [(code, self.name(code, speech)) for code in codes]

    def mark(self, code: str) -> str:
        """The code in whose colour it is shown."""
        row = self._rows.get(code)
        return code if code in STATUSES or row is None else looks_like(row)


def looks_like(row: Mapping[str, Any]) -> str:
    """The code of the program's own that means about the same as a disposition, and has a colour."""
    if row["code"] in STATUSES:
        return str(row["code"])
    if row["positive"]:
        return "INTERESADO"
    if row["do_not_call"] or row["number_mark"] or row["final"] != Finality.NO:
        return "NO_INTERESADO"
    if row["callback"] == Callback.REQUIRED:
        return "VOLVER_A_LLAMAR"
    return "NC" if row["retry"] else NEW
