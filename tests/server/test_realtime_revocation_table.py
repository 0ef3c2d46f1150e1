"""Each way in which a right ends, against each way to be connected: refused with the answer, closed within a second."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import requests

from tests.server.live_guests import guests_of, refusal
from tests.server.live_office import SECONDS, LiveOffice

PROMISED_SECONDS = 1.0
PASSWORD = "tres palabras sueltas"
OTHER_PASSWORD = "cuatro palabras muy sueltas"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("table"))
    yield opened
    opened.close()


@dataclass
class Worker:
    """Somebody hired for one test, with a session and a key."""

    office: LiveOffice
    name: str
    user_id: int
    token: str
    key: str

    def as_boss(self, method: str, path: str, **how: Any) -> Any:
        answer = self.office.ask("boss", method, path, **how)
        assert answer.status_code in {200, 201, 204}, answer.text
        return answer.json() if answer.content else None

    def edit(self, **fields: object) -> None:
        path = f"/users/{self.user_id}"
        self.as_boss("PATCH", path, if_match=self.as_boss("GET", path)["version"], json=fields)


_number = itertools.count(1)


@pytest.fixture
def worker(office: LiveOffice) -> Worker:
    name = f"rosa{next(_number)}"
    fields = {"username": name, "password": PASSWORD, "role": "agent", "team_id": office.teams["Norte"]}
    fields["must_change_password"] = False
    made = office.ask("boss", "POST", "/users", json=fields).json()
    return Worker(office, name, made["id"], office.sign_in(name, PASSWORD), made["api_key"])


def log_out(worker: Worker) -> None:
    headers = {"Authorization": f"Bearer {worker.token}"}
    assert requests.post(f"{worker.office.url}/auth/logout", headers=headers, timeout=SECONDS).status_code == 200


def log_out_everywhere(worker: Worker) -> None:
    worker.as_boss("POST", f"/users/{worker.user_id}/close-sessions")


def change_role(worker: Worker) -> None:
    worker.edit(role="team_lead")


def change_team(worker: Worker) -> None:
    worker.edit(team_id=worker.office.teams["Sur"])


def change_password(worker: Worker) -> None:
    given = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD, "confirm_password": OTHER_PASSWORD}
    headers = {"Authorization": f"Bearer {worker.token}"}
    answer = requests.post(f"{worker.office.url}/auth/change-password", json=given, headers=headers, timeout=SECONDS)
    assert answer.status_code == 200, answer.text


def reset_password(worker: Worker) -> None:
    worker.edit(password=OTHER_PASSWORD)


def deactivate(worker: Worker) -> None:
    worker.edit(active=False)


def revoke_key(worker: Worker) -> None:
    (key,) = worker.as_boss("GET", f"/users/{worker.user_id}/api-keys")
    worker.as_boss("DELETE", f"/api-keys/{key['id']}")


@dataclass(frozen=True)
class Fate:
    """Why a credential's connections end (None: they stay), and why its requests are refused (None: answered)."""

    told: str | None
    refused: str | None


STAYS = Fate(None, None)
SIGNED_OUT = Fate("signed_out", "signed_out")
KEY_INVALID = Fate("key_invalid", "key_invalid")
OTHER_RIGHTS = Fate("rights_changed", None)
TABLE: list[tuple[Callable[[Worker], None], Fate, Fate, str]] = [
    (log_out, SIGNED_OUT, STAYS, "session"),
    (log_out_everywhere, SIGNED_OUT, KEY_INVALID, "both"),
    (change_role, SIGNED_OUT, OTHER_RIGHTS, "both"),
    (change_team, SIGNED_OUT, OTHER_RIGHTS, "both"),
    (change_password, SIGNED_OUT, KEY_INVALID, "both"),
    (reset_password, SIGNED_OUT, KEY_INVALID, "both"),
    (deactivate, SIGNED_OUT, KEY_INVALID, "both"),
    (revoke_key, STAYS, KEY_INVALID, "key"),
]
NAMES = [act.__name__ for act, *_rest in TABLE]


@pytest.mark.parametrize(("act", "session", "key", "_frees"), TABLE, ids=NAMES)
def test_requests_are_refused_at_once_and_live_connections_closed_within_a_second(
    worker: Worker, act: Callable[[Worker], None], session: Fate, key: Fate, _frees: str
) -> None:
    with guests_of(worker.office, worker.token, worker.key) as guests:
        act(worker)
        answered_at = time.monotonic()
        assert refusal(worker.office, worker.token) == session.refused
        assert refusal(worker.office, worker.key) == key.refused
        for name, guest in guests.items():
            fate = key if ", key" in name else session
            if fate.told is not None:
                guest.wait(answered_at + PROMISED_SECONDS)
                assert guest.ended_at is not None, f"{name} is still open"
                assert guest.reason == fate.told, name
        for name, guest in guests.items():
            if (key if ", key" in name else session) is STAYS:
                assert guest.ended_at is None, f"{name} was closed for {guest.reason}"


@pytest.mark.parametrize(("act", "_session", "_key", "frees"), TABLE, ids=NAMES)
def test_what_was_held_is_free_for_another_with_the_answer_and_all_are_told(
    worker: Worker, act: Callable[[Worker], None], _session: Fate, _key: Fate, frees: str
) -> None:
    office = worker.office
    held = {"session": (worker.token, office.create()["id"]), "key": (worker.key, office.create()["id"])}
    with office.window("lead-norte") as lead:
        for credential, contact_id in held.values():
            path, headers = f"{office.url}/contacts/{contact_id}/lock", {"Authorization": f"Bearer {credential}"}
            assert requests.put(path, json={"purpose": "call"}, headers=headers, timeout=SECONDS).status_code == 200
        act(worker)
        for name, (_credential, contact_id) in held.items():
            answer = office.ask("agent-sur", "PUT", f"/contacts/{contact_id}/lock", json={"purpose": "call"})
            assert (answer.status_code == 200) is (frees in {name, "both"}), answer.text
            if answer.status_code == 200:
                taken = ("contact_locked", contact_id, "agent-sur")
                lead.told("contact_locked", partial(_is_taken, taken))
                told = [_shown(event) for event in lead.seen]
                assert told.index(("contact_unlocked", contact_id, None)) < told.index(taken)
                given_back = {"Lease-Token": str(answer.json()["token"])}
                office.ask("agent-sur", "DELETE", f"/contacts/{contact_id}/lock", headers=given_back)


def _is_taken(taken: tuple[str, Any, str | None], told: Any) -> bool:
    return _shown(("contact_locked", told)) == taken


def _shown(event: tuple[str, Any]) -> tuple[str, Any, str | None]:
    name, told = event
    holder = told["lock"]["holder"] if name == "contact_locked" else None
    return name, told.get("id") if isinstance(told, dict) else None, holder
