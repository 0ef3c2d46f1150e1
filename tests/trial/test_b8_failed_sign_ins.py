"""B8: who tries passwords in vain is in the log, with address and name, and cannot flood or forge it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from callmanager.server.log_lines import line
from callmanager.server.security.failed_sign_ins import MOST_IN_ALL, MOST_OF_AN_ADDRESS, WINDOW, FailedSignIns
from tests.server.people_office import AFAR, PASSWORD, Caller, HeldClock, Server

Seen = pytest.LogCaptureFixture


def told(caplog: Seen) -> list[str]:
    """The lines as they stand in the file."""
    found = [record for record in caplog.records if getattr(record, "event", "") == "access.sign_in_failed"]
    return [line(HeldClock().now(), "warning", record.event, record.values) for record in found]  # type: ignore[attr-defined]


def test_a_wrong_password_is_logged_with_address_and_name(server: Server, admin: Caller, caplog: Seen) -> None:
    server.hire(admin, "ana")
    caplog.clear()
    for name in ("ana", "nadie"):
        server.anybody().post("/auth/login", {"username": name, "password": "x" * 12})
    assert [said.partition("access.")[2] for said in told(caplog)] == [
        f"sign_in_failed address={AFAR} name=ana why=wrong",
        f"sign_in_failed address={AFAR} name=nadie why=wrong",
    ]
    assert "x" * 12 not in caplog.text


def test_what_the_throttle_refuses_is_logged_too(server: Server, caplog: Seen) -> None:
    for _ in range(7):
        server.anybody().post("/auth/login", {"username": "eva", "password": "x" * 12})
    assert [said.rpartition("why=")[2] for said in told(caplog)] == ["wrong"] * 5 + ["has_to_wait"] * 2


def test_so_are_the_first_password_from_afar_and_a_wrong_present_one(server: Server, caplog: Seen) -> None:
    server.anybody().post("/auth/login", {"username": "admin", "password": "1234"})
    admin = server.admin()
    body = {"old_password": "x" * 12, "new_password": "y" * 12, "confirm_password": "y" * 12}
    admin.post("/auth/change-password", body)
    admin.post(f"/users/{admin.id}/api-keys", {"label": "x", "password": "x" * 12})
    whys = [said.rpartition("why=")[2] for said in told(caplog)]
    assert whys == ["first_password_from_afar", "old_password_wrong", "password_wrong"]


@pytest.mark.parametrize("name", ["ana\n2026-11-22 info access.signed_in", "ana\x1b[2J", "ana\u202e", "a=b name=otra"])
def test_a_name_forges_no_line(server: Server, caplog: Seen, name: str) -> None:
    server.anybody().post("/auth/login", {"username": name, "password": PASSWORD})
    (said,) = told(caplog)
    assert said.isprintable()
    assert said.partition("name=")[2] == f'"(no name, {len(name)} characters)" why=wrong'


@pytest.mark.parametrize("name", ["la clave que casi era", "Secreta!2026", "n" * 200])
def test_a_password_typed_as_the_name_is_not_in_the_log(server: Server, caplog: Seen, name: str) -> None:
    server.anybody().post("/auth/login", {"username": name, "password": PASSWORD})
    assert name not in told(caplog)[0]


def test_a_flood_from_one_address_leaves_room_for_others_and_is_counted(caplog: Seen) -> None:
    clock = HeldClock()
    failures = FailedSignIns(clock)
    with caplog.at_level(logging.WARNING, "callmanager"):
        for number in range(10 * MOST_OF_AN_ADDRESS):
            failures.note("10.0.0.1", f"u{number}", "wrong")
        failures.note("10.0.0.2", "ana", "wrong")
        assert len(told(caplog)) == MOST_OF_AN_ADDRESS + 1
        assert told(caplog)[-1].endswith(f"lines_left_out={9 * MOST_OF_AN_ADDRESS}")
        for number in range(3 * MOST_IN_ALL):
            failures.note(f"10.1.{number // 250}.{number % 250}", "u", "wrong")
        assert len(told(caplog)) == MOST_IN_ALL
        clock.at += WINDOW + timedelta(seconds=1)
        failures.note("10.0.0.1", "ana", "wrong")
        assert len(told(caplog)) == MOST_IN_ALL + 1
