"""The names of campaigns, teams, colleagues and statuses. Read anew when one of them has changed."""

from __future__ import annotations

from callmanager.desktop.models.listing.statuses import Statuses
from callmanager.desktop.store import Replica
from callmanager.desktop.sync_events import Applied
from callmanager.domain.people import is_person
from callmanager.domain.search_text import sort_key

NAMED = ("campaign", "team", "user")
_READ = (*NAMED, "disposition")


class Names:
    """Small tables, held in memory."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._names: dict[str, dict[int, str]] = {}
        self.statuses = Statuses(())
        self.read()

    def read(self) -> None:
        """Look into the replica."""
        self.statuses = Statuses.of(self._replica)
        for entity in NAMED:
            rows = self._replica.list_records(entity)
            self._names[entity] = {row["id"]: row.get("name") or row.get("username") or "" for row in rows}

    def hear(self, event: Applied) -> bool:
        """Whether some name may be another now."""
        touched = event.is_snapshot or any(event.ids.get(name) or event.deleted.get(name) for name in _READ)
        if touched:
            self.read()
        return touched

    def find(self, entity: str, record_id: int | None) -> str:
        """A name; "" for none."""
        return "" if record_id is None else self._names[entity].get(record_id, "")

    def choices(self, entity: str) -> list[tuple[int, str]]:
        """Every record of a kind by id and name, as dictionaries sort them; of users those who are people."""
        found = [one for one in self._names[entity].items() if entity != "user" or is_person(one[1])]
        return sorted(found, key=lambda one: (sort_key(one[1]), one[0]))
