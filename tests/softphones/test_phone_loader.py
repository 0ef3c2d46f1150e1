"""Phones are built from what the settings say, and refused in words when that is not enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Invalid
from callmanager.softphones.loader import build_softphone, driver_names
from tests.softphones.phone_events import Heard

OPTIONS = {
    "none": {},
    "simulated": {},
    "uri": {"scheme": "sip", "domain": "pbx.example"},
    "interphone": {},
    "microsip": {"program": "MicroSIP.exe", "key": "k", "port": "0"},
    "baresip": {"port": "1"},
    "ami": {"host": "127.0.0.1", "port": "1", "user": "cm", "secret": "s", "phone": "PJSIP/100"},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_driver_is_built_by_its_name(name: str) -> None:
    phone = build_softphone(name, OPTIONS[name], SystemClock(), Heard())
    try:
        assert phone.name == name
        assert name in driver_names()
    finally:
        phone.close()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("fax", {}),
        ("ami", {}),
        ("microsip", {"program": "x"}),
        ("baresip", {"port": "many"}),
        ("uri", {"scheme": "javascript"}),
    ],
)
def test_settings_that_are_not_enough_are_refused(name: str, options: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        build_softphone(name, options, SystemClock(), Heard())
    assert refused.value.code == "phone_settings"


def test_a_profile_that_is_named_and_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        build_softphone("interphone", {"profile": str(tmp_path / "none.json")}, SystemClock(), Heard())
    assert refused.value.code == "phone_profile"
