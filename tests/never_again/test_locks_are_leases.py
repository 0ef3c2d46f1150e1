"""Never again 17: check-then-act locking, owners whose name came from the payload, locks that outlive their PC."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.errors import Locked
from callmanager.server.storage.sqlite import SqliteStorage
from tests.lease_office import LeaseOffice
from tests.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    office = Web(tmp_path)
    yield office
    office.close()


def test_of_two_hundred_who_ask_over_http_one_wins(web: Web) -> None:
    contact = web.create()
    people = list(web.keys)
    start = threading.Barrier(40)
    statuses: list[int] = []

    def ask(number: int) -> None:
        start.wait()
        for turn in range(5):
            who = people[(number + turn) % len(people)]
            body = {"program": f"pc{number}-{turn}"}
            client = web.client.application.test_client()
            headers = {"X-API-Key": web.keys[who]}
            path = f"/contacts/{contact['id']}/lock"
            statuses.append(client.put(path, json=body, headers=headers, base_url="http://127.0.0.1").status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [423] * 199


@pytest.mark.parametrize("forged", [{"holder": "boss"}, {"user": "boss"}, {"user_id": 1}, {"session": "session:1"}])
def test_the_holder_is_who_asks_whatever_the_payload_says(web: Web, forged: dict[str, Any]) -> None:
    contact = web.create()
    path = f"/contacts/{contact['id']}/lock"
    assert web.ask("free", "PUT", path, json=forged).status_code == 422
    assert web.ask("free", "PUT", path, json={}).json["holder"] == "free"


def test_nobody_gives_back_the_lock_of_another(web: Web) -> None:
    contact = web.create()
    path = f"/contacts/{contact['id']}/lock"
    token = web.ask("free", "PUT", path, json={}).json["token"]
    assert web.ask("boss", "DELETE", path, headers={"Lease-Token": str(token)}).status_code == 409
    assert web.ask("boss", "GET", f"/contacts/{contact['id']}").json["lock"]["holder"] == "free"


def test_a_lock_does_not_outlive_its_pc(tmp_path: Path) -> None:
    office = LeaseOffice(SqliteStorage(tmp_path / "contacts.db"))
    contact = office.contact()
    office.lock("ana", contact.id)
    office.open_server()  # nor does a restart of the server make it eternal
    with pytest.raises(Locked):
        office.lock("bea", contact.id)
    office.hand.pass_time(50)
    assert office.lock("bea", contact.id).holder == "bea"
