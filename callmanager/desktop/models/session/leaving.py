"""The end of a session: how the window hears of it, and what it gives back."""

from __future__ import annotations

from callmanager.desktop.models.session.entering import Entered
from callmanager.desktop.sync_events import Heard, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_


def is_told_goodbye(event: WorkEvent) -> bool:
    """Whether the server says that the session has ended, and why."""
    return isinstance(event, Heard) and event.event == "signed_out"


def detail_of(event: WorkEvent) -> str:
    """The reason in the server's own sentence; or empty."""
    payload = event.payload if isinstance(event, Heard) else None
    return str(payload.get("detail", "")) if isinstance(payload, dict) else ""


def is_goodbye(event: WorkEvent) -> bool:
    """The same, or what the sync makes of it."""
    return is_told_goodbye(event) or (isinstance(event, StatusChanged) and event.status is Status.SIGNED_OUT)


def close_work(workplace: Workplace | None, entered: Entered | None) -> None:
    """Give back what was open. Waits for its threads."""
    if workplace is not None:
        workplace.close()
    elif entered is not None:
        entered.remote.close()


def still_known() -> Unavailable:
    """Signed out here, but the key of this PC could not be revoked."""
    return Unavailable(
        "key_not_revoked",
        N_(
            "You are signed out and this PC has forgotten you, but the server did not answer. Ask IT to revoke the key "
            "of this PC if it is not yours."
        ),
    )
