"""An agent's PC dies in mid-call: the contact comes free, the call is closed, the next start asks for its outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.remote import Remote
from callmanager.domain.clock import from_wire
from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import Locked
from callmanager.server.jobs.periodic import CALLS_GRACE_SECONDS, SWEEP_SECONDS
from callmanager.server.leases.terms import LeaseTerms
from tests.window.real.call_center import CallCenter, choose_outcome, dial, save_outcome
from tests.window.real.premises import open_contact
from tests.window.real.real_window import RealWindow, say

pytestmark = [pytest.mark.sip, pytest.mark.exchange]

USER, CONTACT = "bruno", "Rosa Mora"
TERMS = LeaseTerms()
FREE_SECONDS = TERMS.lease.total_seconds() + TERMS.rest.total_seconds() + SWEEP_SECONDS
"""What is promised: a lease's life, its rest, and one round of the sweep."""
SLACK_SECONDS = 3.0


@pytest.fixture
def center(tmp_path: Path) -> Iterator[CallCenter]:
    with CallCenter(tmp_path) as found:
        found.hire(USER).close()
        yield found


def die_in_mid_call(center: CallCenter) -> tuple[int, int]:
    """The PC of the agent goes while he talks; the contact and the call."""
    contact_id = center.create(name=CONTACT, phone="8811-0001")
    window = center.seat(USER)
    open_contact(window, CONTACT)
    dial(window, say("On the phone %(time)s", time="0:0"))
    center.until(lambda: [call["state"] for call in center.calls_of(contact_id)] == ["connected"])
    center.cut_power(USER, window)
    (call,) = center.calls_of(contact_id)
    assert call["state"] == "connected"
    return contact_id, call["id"]


def answer_what_is_asked(center: CallCenter, contact_id: int) -> dict[str, Any]:
    """The next start: the call is asked for, and its outcome given with keys. Returns the call."""
    window = center.seat(USER)
    window.until_says(say("They are from before. Say what came of each; then you can call again."))
    window.until_says(say("1 call waits for its outcome."))
    window.press("Return")
    give_outcome(window)
    center.until(lambda: center.calls_of(contact_id)[0]["disposition"] == "NO_INTERESADO")
    window.until(lambda: not window.says(say("1 call waits for its outcome.")))
    assert center.boss.get_contact(contact_id)["attempts"] == 1
    assert window.complaints == ""
    (call,) = center.calls_of(contact_id)
    return call


def give_outcome(window: RealWindow) -> None:
    choose_outcome(window, "8", say(STATUSES["NO_INTERESADO"]))
    save_outcome(window, say(STATUSES["NO_INTERESADO"]))


def wait_until_free(colleague: Remote, contact_id: int) -> float:
    """Seconds until somebody else could take the contact; he gives it back."""
    begun = time.monotonic()
    while True:
        try:
            colleague.ask("PUT", f"/contacts/{contact_id}/lock", body={"purpose": "call"})
        except Locked:
            assert time.monotonic() < begun + FREE_SECONDS + SLACK_SECONDS, "the contact does not come free"
            time.sleep(0.25)
            continue
        return time.monotonic() - begun


def test_a_pc_that_dies_in_mid_call_asks_for_the_outcome_at_its_next_start(center: CallCenter) -> None:
    """At once, before the lease has run out: the call still counts as up, and the agent's word closes it."""
    contact_id, call_id = die_in_mid_call(center)
    call = answer_what_is_asked(center, contact_id)
    assert call["id"] == call_id
    assert (call["state"], call["cause"], call["result"], call["estimated"]) == (
        "ended",
        "closed_by_agent",
        "answered",
        True,
    )
    assert center.logged_errors() == []


@pytest.mark.long
def test_a_pc_that_dies_in_mid_call_frees_its_contact_and_its_call_is_closed_as_lost(center: CallCenter) -> None:
    """With the real terms of leases: it takes more than a minute."""
    begun = time.monotonic()
    contact_id, call_id = die_in_mid_call(center)
    killed = time.monotonic()
    colleague = center.hire("carla")
    try:
        print(f"free for others after {wait_until_free(colleague, contact_id):.1f} s of {FREE_SECONDS:.0f}")
    finally:
        colleague.close()
    waited = max(time.monotonic(), begun + CALLS_GRACE_SECONDS) - time.monotonic()
    center.until(
        lambda: center.calls_of(contact_id)[0]["state"] == "ended",
        waited + SWEEP_SECONDS + SLACK_SECONDS,
    )
    print(f"closed {time.monotonic() - killed:.1f} s after the PC died")
    (lost,) = center.calls_of(contact_id)
    assert (lost["id"], lost["cause"], lost["result"], lost["estimated"]) == (call_id, "lost", "answered", True)
    talked = (from_wire(lost["ended_at"]) - from_wire(lost["connected_at"])).total_seconds()
    assert talked <= FREE_SECONDS + SLACK_SECONDS
    call = answer_what_is_asked(center, contact_id)
    assert (call["id"], call["cause"], call["estimated"]) == (call_id, "lost", True)
    assert [line for line in center.logged_errors() if "lost" not in line] == []
