"""Asks the server for archived contacts, which no replica holds: the first of them only."""

from __future__ import annotations

from typing import Any

from callmanager.desktop.remote import Remote
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.wire import Record

MOST = 1_000
SORTS = ("id", "name", "updated_at")
"""The orders that the server knows; in the place of others it sorts by name."""


def query_of(view: ContactView) -> dict[str, Any]:
    """A view as `GET /contacts` and `GET /export` take it."""
    sort = view.sort if view.sort in SORTS else "name"
    down = view.descending and view.sort in SORTS
    return {
        "archived": _flag(view.is_archived),
        "q": view.text.strip() or None,
        "status": view.status,
        "team_id": view.team_id,
        "campaign_id": view.campaign_id,
        "assigned_to": view.assigned_to,
        "phone_valid": _flag(view.phone_valid),
        "do_not_call": _flag(view.do_not_call),
        "sort": f"-{sort}" if down else sort,
    }


def find_archived(remote: Remote, view: ContactView) -> list[Record]:
    """The archived contacts of a view, MOST at most. Waits. Raises Unavailable and what the server refuses."""
    found: list[Record] = remote.ask("GET", "/contacts", query={**query_of(view), "limit": MOST}).body
    return found


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()
