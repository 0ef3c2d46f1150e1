"""Never again 18: announcing before commit. Whoever is told of a change can read it at that very moment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.live_office import LiveOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path)
    yield opened
    opened.close()


def test_what_is_told_survives_a_crash_at_the_moment_it_is_told(office: LiveOffice) -> None:
    with office.window("agent-norte") as window:
        for number in range(5):
            office.ask("manager", "POST", "/contacts", json={"phone": f"8800-000{number}"})
        told = window.told_of(window.call("sync")["seq"])
    office.restart()
    known = {contact["id"] for contact in office.ask("manager", "GET", "/contacts").json()}
    assert {record["id"] for message in told for record in message["records"]["contact"]} <= known


def test_a_change_that_was_refused_is_told_to_nobody(office: LiveOffice) -> None:
    contact = office.create(name="Nora")
    with office.window("agent-norte") as window:
        refused = office.ask("manager", "PATCH", f"/contacts/{contact['id']}", if_match=1, json={"status": "NADA"})
        assert refused.status_code == 422
        after = office.create(name="Otra")
        text = str(window.told_of(after["seq"]))
    assert "NADA" not in text
    assert "Otra" in text
