"""Says in a statement whose calls are a contact's: its own, and those of the contacts that were merged into it."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select

from callmanager.server.storage.calls import calls
from callmanager.server.storage.tables import contacts

_ITSELF = select(bindparam("b_contact_id", type_=Integer).label("id")).cte("family", recursive=True)
_FAMILY = _ITSELF.union(select(contacts.c.id).where(contacts.c.merged_into == _ITSELF.c.id))

OF_FAMILY = calls.c.contact_id.in_(select(_FAMILY.c.id))
"""Whether a call is of the contact `b_contact_id`, or of one that was merged into it, directly or through others."""
