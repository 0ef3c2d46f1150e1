"""Which contact comes next in the list as it is filtered now, also when the last one has dropped out of it."""

from __future__ import annotations

from callmanager.desktop.models.contact_list import ContactListModel

PIECE = 50


class NextContact:
    """`note` where the user is; `find` what comes after."""

    def __init__(self, contacts: ContactListModel) -> None:
        self._contacts = contacts
        self._place = -1

    def note(self, contact_id: int | None) -> None:
        """The user is at a contact."""
        found = None if contact_id is None else self._contacts.position_of(contact_id)
        if found is not None:
            self._place = found

    def find(self, contact_id: int | None) -> int | None:
        """The next one that nobody else works on; None at the end of the list. Without a contact: the first one.

        A contact that the list no longer shows leaves its place to the one behind it.
        """
        found = None if contact_id is None else self._contacts.position_of(contact_id)
        at = self._place if found is None and contact_id is not None else -1 if found is None else found + 1
        return self._search(max(0, at), contact_id)

    def _search(self, at: int, but: int | None) -> int | None:
        while rows := self._contacts.fetch(at, PIECE):
            for row in rows:
                badge = self._contacts.presence.badge(row.id)
                if row.id != but and (badge is None or not badge.is_busy):
                    return row.id
            at += PIECE
        return None
