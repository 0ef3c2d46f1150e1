"""Whoever loses the right to be there is told why and closed within a second, on sockets and streams."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.server.live_office import LiveOffice, Window

PROMISED_SECONDS = 1.0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path)
    yield opened
    opened.close()


def change_password(office: LiveOffice, token: str) -> None:
    given = {"old_password": "clave de agent-norte", "new_password": "otra clave larga"}
    given["confirm_password"] = given["new_password"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{office.url}/auth/change-password", json=given, headers=headers, timeout=10)
    assert answer.status_code in {200, 204}, answer.text


def patch_user(**fields: object) -> Callable[[LiveOffice, str], None]:
    def act(office: LiveOffice, token: str) -> None:
        del token
        path = f"/users/{office.ids['agent-norte']}"
        version = next(u for u in office.ask("boss", "GET", "/users").json() if u["username"] == "agent-norte")
        answer = office.ask("boss", "PATCH", path, if_match=version["version"], json=fields)
        assert answer.status_code == 200, answer.text

    return act


def sign_out(office: LiveOffice, token: str) -> None:
    answer = requests.post(f"{office.url}/auth/logout", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code in {200, 204}, answer.text


def sign_out_everywhere(office: LiveOffice, token: str) -> None:
    del token
    answer = office.ask("boss", "POST", f"/users/{office.ids['agent-norte']}/close-sessions")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "act",
    [
        change_password,
        patch_user(role="team_lead"),
        patch_user(active=False),
        sign_out,
        sign_out_everywhere,
    ],
    ids=["password", "role", "deactivation", "logout", "logout_of_all"],
)
def test_a_session_that_ended_closes_its_windows_and_no_others(
    office: LiveOffice, act: Callable[[LiveOffice, str], None]
) -> None:
    token = office.sign_in("agent-norte")
    with Window(office.url, {"token": token, "language": "es"}) as window, office.window("agent-sur") as other:
        window.call("sync")
        act(office, token)
        told = window.told("signed_out", seconds=PROMISED_SECONDS)
        assert told["reason"]
        assert told["detail"]
        window.told("disconnect", seconds=PROMISED_SECONDS)
        assert other.call("sync")["ok"] is True
    assert not [name for name, _payload in other.seen if name == "signed_out"]


def test_a_revoked_key_closes_its_window(office: LiveOffice) -> None:
    with office.window("agent-norte") as window:
        keys = office.ask("boss", "GET", f"/users/{office.ids['agent-norte']}/api-keys").json()
        assert office.ask("boss", "DELETE", f"/api-keys/{keys[0]['id']}").status_code in {200, 204}
        assert window.told("signed_out", seconds=PROMISED_SECONDS)["reason"] == "key_invalid"


def test_who_is_moved_to_another_team_must_connect_again_and_hears_nothing_more(office: LiveOffice) -> None:
    with office.window("agent-norte") as window:
        patch_user(team_id=office.teams["Sur"])(office, "")
        office.create(team_id=office.teams["Sur"], name="Secreta")
        assert window.told("signed_out", seconds=PROMISED_SECONDS)["reason"] == "rights_changed"
        window.told("disconnect", seconds=PROMISED_SECONDS)
    assert "Secreta" not in str(window.seen)


def test_a_stream_ends_with_its_key(office: LiveOffice) -> None:
    headers = {"X-API-Key": office.keys["agent-norte"]}
    with requests.get(f"{office.url}/events", headers=headers, stream=True, timeout=10) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == "retry: 3000"
        began = time.monotonic()
        keys = office.ask("boss", "GET", f"/users/{office.ids['agent-norte']}/api-keys").json()
        office.ask("boss", "DELETE", f"/api-keys/{keys[0]['id']}")
        assert "event: signed_out" in list(lines)
        assert time.monotonic() - began < PROMISED_SECONDS + 0.5
