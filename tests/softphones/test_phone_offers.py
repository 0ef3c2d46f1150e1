"""Which phone is offered when the better one cannot dial, and the words that say why."""

from __future__ import annotations

import pytest

from callmanager.softphones import Health, HealthState
from callmanager.softphones.interphone.offers import FoundPhones, offers

READY = Health(HealthState.READY, "ready")
CHANGED = Health(HealthState.UI_CHANGED, "The window has %(what)s changed.", params={"what": "quite"})


@pytest.mark.parametrize(
    ("found", "best"),
    [
        (FoundPhones(True, READY, "zoom.exe"), "interphone"),
        (FoundPhones(True, CHANGED, "zoom.exe"), "uri"),
        (FoundPhones(True, CHANGED, ""), "none"),
        (FoundPhones(True, None, ""), "none"),
        (FoundPhones(False, None, "linphone.desktop"), "uri"),
    ],
)
def test_the_first_phone_that_can_dial_is_offered(found: FoundPhones, best: str) -> None:
    assert next(offer.driver for offer in offers(found) if offer.can) == best


def test_every_step_down_is_there_in_its_order_with_a_reason() -> None:
    given = offers(FoundPhones(True, CHANGED, "zoom.exe"))
    assert [offer.driver for offer in given] == ["interphone", "uri", "none"]
    assert [offer.can for offer in given] == [False, True, True]
    assert given[0].why % given[0].params == "The window has quite changed."
    assert "zoom.exe" in given[1].why % given[1].params


def test_an_address_that_interphone_takes_is_advised() -> None:
    (_, uri, _) = offers(FoundPhones(True, CHANGED, r"C:\InterPhone\InterPhone.exe"))
    assert "InterPhone itself" in uri.why


def test_elsewhere_than_on_windows_it_is_said() -> None:
    (interphone, _, _) = offers(FoundPhones(False, None, ""))
    assert (interphone.can, "Windows" in interphone.why) == (False, True)
