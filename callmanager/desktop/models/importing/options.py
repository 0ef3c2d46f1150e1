"""What the user decides about a list: what happens to known contacts, where they go, and what the list is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Replica
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_

POLICIES: dict[str, str] = {
    "update": N_("Add what the list says to the known contact"),
    "skip": N_("Leave the known contact as it is"),
    "create": N_("Make a new contact for every row"),
}


class ImportOptions:
    """`put` tells `on_change`, since a report holds for the options with which it was made."""

    def __init__(self, replica: Replica, speech: Speech, on_change: Callable[[], object]) -> None:
        self._replica, self._speech, self._on_change = replica, speech, on_change
        self.policy = "update"
        self.campaign_id: int | None = None
        self.team_id: int | None = None
        self.name = ""

    @property
    def query(self) -> dict[str, Any]:
        """As the API takes them."""
        return {
            "policy": self.policy,
            "campaign_id": self.campaign_id,
            "team_id": self.team_id,
            "file_name": " ".join(self.name.split()),
        }

    def put(self, option: str, value: Any) -> None:
        """Decide `policy`, `campaign_id`, `team_id` or `name`."""
        if getattr(self, option) != value:
            setattr(self, option, value)
            if option != "name":
                self._on_change()

    def policies(self) -> list[tuple[str, str]]:
        """What can happen to a row whose number is known."""
        return [(policy, self._speech.say(message)) for policy, message in POLICIES.items()]

    def groups(self, entity: str) -> list[tuple[int | None, str]]:
        """Campaigns or teams in use, by name; the first says that the list decides."""
        records = self._replica.list_records(entity)
        usable = [
            (int(one["id"]), str(one["name"]))
            for one in records
            if one.get("archived_at") is None and one.get("active") is not False
        ]
        none = N_("No campaign") if entity == "campaign" else N_("No team: shared by all")
        return [(None, self._speech.say(none)), *sorted(usable, key=lambda found: sort_key(found[1]))]
