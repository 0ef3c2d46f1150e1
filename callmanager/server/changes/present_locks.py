"""Puts the present lock into contacts' JSON as it is read, inside the database. Whose lease it is, is not decided here.

A contact's JSON is kept with `"lock":null` at its end. A lock is live state: no change of the log, no version, no seq.
It is shown until its end is settled (and announced), so that who reads and who listens know the same.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Text, bindparam, literal_column, select

from callmanager.server.storage.prepared import fetch_prepared
from callmanager.server.storage.tables import contacts

# The few that are held are looked up once for a whole page; the others go out as they are kept. Written out, since
# building this for each page costs more than reading it. Names of users hold nothing that JSON escapes.
_WIRE = """CASE WHEN contacts.id IN (SELECT contact_id FROM leases WHERE free_at IS NOT NULL)
THEN (SELECT substr(contacts.wire, 1, length(contacts.wire) - length('null}')) || '{"holder":"' || leases.holder
|| '","purpose":"' || leases.purpose || '","since":"' || leases.acquired_at
|| '","expires_at":"' || leases.expires_at || '"}}' FROM leases WHERE leases.contact_id = contacts.id)
ELSE contacts.wire END"""
WIRE_WITH_LOCK: ColumnElement[str] = literal_column(_WIRE, type_=Text).label("wire")
"""`contacts.wire` with the present lock, for a select from contacts."""


def read_with_lock(connection: Connection, contact_id: int) -> str:
    """One contact as JSON, with its lock. It must exist."""
    return str(fetch_prepared(connection, _ONE, {"b_id": contact_id})[0])


_ONE = select(WIRE_WITH_LOCK).select_from(contacts).where(contacts.c.id == bindparam("b_id"))
