"""Whether others than the contact are reached on the line that was called, as far as this PC knows."""

from __future__ import annotations

from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.store.replica import Replica
from callmanager.domain.phones import extension_of, line_of

_MOST_LOOKED_AT = 50


def is_shared(replica: Replica, contact_id: int, number: str) -> bool:
    """Whether the phone with this number has an extension, or another living contact is reached on its line. Reads
    through the replica: not for the window's thread."""
    record = replica.find_contact(contact_id)
    phones = [] if record is None else record["phones"]
    phone = next((one for one in phones if one["number"] == number), None)
    if phone is None:
        return False
    line = line_of(phone["key"])
    return bool(extension_of(phone["key"])) or _has_others(replica, contact_id, line)


def _has_others(replica: Replica, contact_id: int, line: str) -> bool:
    found = replica.list_ids(ContactView(text=line.lstrip("+")))
    others = [other for other in found[: _MOST_LOOKED_AT + 1] if other != contact_id]
    return any(line_of(phone["key"]) == line for other in replica.find_contacts(others) for phone in other["phones"])
