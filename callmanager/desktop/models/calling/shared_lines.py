"""Whether others than the contact are reached on the line that was called, as far as this PC knows."""

from __future__ import annotations

from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.store.replica import Replica
from callmanager.domain.phones import extension_of, line_of

_MOST_LOOKED_AT = 50


def find_shared(replica: Replica, contact_id: int, number: str) -> str:
    """The key of the line of the phone with this number, when it has an extension or another living contact is reached
    there; else "". Reads through the replica: not for the window's thread."""
    record = replica.find_contact(contact_id)
    phones = [] if record is None else record["phones"]
    phone = next((one for one in phones if one["number"] == number), None)
    if phone is None:
        return ""
    line = line_of(phone["key"])
    return line if extension_of(phone["key"]) or _has_others(replica, contact_id, line) else ""


def _has_others(replica: Replica, contact_id: int, line: str) -> bool:
    found = replica.list_ids(ContactView(text=line.lstrip("+")))
    others = [other for other in found[: _MOST_LOOKED_AT + 1] if other != contact_id]
    return any(line_of(phone["key"]) == line for other in replica.find_contacts(others) for phone in other["phones"])
