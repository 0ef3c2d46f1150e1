"""Addresses handed to the system: what is opened, and what is said when nothing opens it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Invalid, Unavailable
from callmanager.softphones import CallState, EndCause, HealthState
from callmanager.softphones.uri import UriSoftphone
from tests.softphones.phone_events import Heard
from tests.softphones.stands import fake_opener, read_lines

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="opens a real program there")


@pytest.mark.parametrize(
    ("scheme", "domain", "opened"),
    [
        ("tel", "", "tel:0034612345678"),
        ("callto", "", "callto:0034612345678"),
        ("sip", "pbx.example:5060", "sip:0034612345678@pbx.example:5060"),
    ],
)
def test_the_systems_handler_is_given_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, domain: str, opened: str
) -> None:
    log = fake_opener(tmp_path, monkeypatch)
    UriSoftphone(SystemClock(), Heard(), scheme, domain).dial("a", "0034612345678")
    assert read_lines(log) == [opened]


def test_a_plus_stays_in_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake_opener(tmp_path, monkeypatch)
    UriSoftphone(SystemClock(), Heard()).dial("a", "+34612345678")
    assert read_lines(log) == ["tel:+34612345678"]


def test_a_handler_that_fails_has_dialled_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_opener(tmp_path, monkeypatch, code=3)
    heard = Heard()
    with pytest.raises(Unavailable):
        UriSoftphone(SystemClock(), heard).dial("a", "51234567")
    assert heard.ending("a") is EndCause.FAILED
    assert CallState.DIALING not in heard.states("a")


def test_without_any_handler_the_probe_and_the_dial_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    phone = UriSoftphone(SystemClock(), Heard())
    health = phone.probe()
    assert health.state is HealthState.NOT_RUNNING
    assert "tel:" in health.detail % health.params
    with pytest.raises(Unavailable):
        phone.dial("a", "51234567")


@pytest.mark.parametrize(
    ("scheme", "domain"), [("http", ""), ("sip", ""), ("sip", "a b"), ("sip", "x?y=z"), ("tel", ";")]
)
def test_settings_that_make_no_address_are_refused(scheme: str, domain: str) -> None:
    with pytest.raises(Invalid):
        UriSoftphone(SystemClock(), Heard(), scheme, domain)
