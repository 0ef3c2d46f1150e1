"""Archived contacts, which no replica holds: asked of the server, the first of them only."""

from __future__ import annotations

from callmanager.desktop.remote import Remote
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.wire import Record

MOST = 1_000
_SORTS = ("id", "name", "updated_at")


def find_archived(remote: Remote, view: ContactView) -> list[Record]:
    """The archived contacts of a view, MOST at most. Waits. Raises Unavailable and what the server refuses."""
    sort = view.sort if view.sort in _SORTS else "name"
    query = {
        "archived": "true",
        "q": view.text.strip() or None,
        "status": view.status,
        "team_id": view.team_id,
        "campaign_id": view.campaign_id or None,
        "assigned_to": view.assigned_to,
        "do_not_call": None if view.do_not_call is None else str(view.do_not_call).lower(),
        "sort": f"-{sort}" if view.descending else sort,
        "limit": MOST,
    }
    found: list[Record] = remote.ask("GET", "/contacts", query=query).body
    return found
