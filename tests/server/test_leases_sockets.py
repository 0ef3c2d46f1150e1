"""Leases over the socket: taken, shown to the others, asked for, taken over, and borne by edits.

The tests share an office: each has contacts of its own, and looks at what is told of them.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.live_office import LiveOffice


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with closing(LiveOffice(tmp_path_factory.mktemp("office"))) as opened:
        yield opened


def test_everybody_who_sees_a_contact_sees_who_takes_it_and_nobody_else_does(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana, office.window("lead-norte") as lead, office.window("agent-sur") as sur:
        lease = ana.call("lock_contact", id=contact["id"], purpose="call")
        assert lease["ok"]
        told = lead.told("contact_locked", lambda found: found["id"] == contact["id"])
        assert (told["lock"]["holder"], told["lock"]["purpose"]) == ("agent-norte", "call")
        assert "token" not in told
        shown = lead.told("presence", lambda found: any(there["id"] == contact["id"] for there in found["contacts"]))
        (there,) = (there for there in shown["contacts"] if there["id"] == contact["id"])
        assert there["people"][0]["doing"] == "call"
        assert ana.call("unlock_contact", id=contact["id"], token=lease["token"]) == {"ok": True}
        assert lead.told("contact_unlocked", lambda found: found["id"] == contact["id"])["reason"] == "released"
        assert sur.call("sync")["ok"]
        assert [name for name, payload in sur.seen if name.startswith("contact_")] == []


def test_a_second_window_is_refused_and_told_who_has_the_contact(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana, office.window("lead-norte") as lead:
        ana.call("lock_contact", id=contact["id"], purpose="edit")
        refused = lead.call("lock_contact", id=contact["id"], purpose="edit")
        assert (refused["ok"], refused["error"]["code"]) == (False, "contact_locked")
        assert refused["error"]["fields"]["holder"] == "agent-norte"


def test_an_edit_bears_the_token_and_an_older_one_changes_nothing(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana:
        first = ana.call("lock_contact", id=contact["id"], purpose="edit")
        second = ana.call("lock_contact", id=contact["id"], purpose="edit")
        late = ana.call("update_contact", id=contact["id"], version=1, token=first["token"], fields={"note": "tarde"})
        assert late["error"]["code"] == "lease_lost"
        done = ana.call("update_contact", id=contact["id"], version=1, token=second["token"], fields={"note": "bien"})
        assert (done["contact"]["note"], done["contact"]["lock"]["holder"]) == ("bien", "agent-norte")


def test_renewing_keeps_what_is_good_and_names_what_is_over(office: LiveOffice) -> None:
    one, other = (office.create(team_id=office.teams["Norte"]) for _ in range(2))
    with office.window("agent-norte") as ana:
        lease = ana.call("lock_contact", id=one["id"], purpose="edit")
        kept = [{"id": one["id"], "token": lease["token"], "active": True}, {"id": other["id"], "token": 7}]
        answer = ana.call("renew_locks", leases=kept)
        assert ([found["id"] for found in answer["leases"]], answer["lost"]) == ([one["id"]], [other["id"]])
        assert answer["leases"][0]["expires_at"] >= lease["expires_at"]


def test_the_holder_is_asked_and_gives_the_contact_or_keeps_it(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana, office.window("lead-norte") as lead:
        ana.call("lock_contact", id=contact["id"], purpose="edit")
        assert lead.call("request_contact", id=contact["id"])["lock"]["holder"] == "agent-norte"
        assert ana.told("contact_requested")["by"] == "lead-norte"
        ana.call("answer_request", id=contact["id"], answer="keep")
        assert lead.told("request_answered")["answer"] == "keep"
        ana.call("answer_request", id=contact["id"], answer="release")
        lead.told("contact_unlocked", lambda found: found["id"] == contact["id"])
        assert lead.call("lock_contact", id=contact["id"], purpose="edit")["ok"]


def test_the_holder_is_told_who_took_the_contact_over_and_why(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana:
        ana.call("lock_contact", id=contact["id"], purpose="edit")
        taken = office.ask("lead-norte", "POST", f"/contacts/{contact['id']}/lock/take-over", json={"reason": "urge"})
        assert taken.status_code == 200
        told = ana.told("lock_lost", lambda found: found["id"] == contact["id"])
        assert (told["id"], told["reason"], told["by"], told["why"]) == (
            contact["id"],
            "taken_over",
            "lead-norte",
            "urge",
        )


@pytest.fixture
def office_that_dies(tmp_path: Path) -> Iterator[LiveOffice]:
    with closing(LiveOffice(tmp_path)) as opened:
        yield opened


def test_locks_outlive_a_crash_of_the_server_and_are_shown_again(office_that_dies: LiveOffice) -> None:
    office = office_that_dies
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as ana:
        lease = ana.call("lock_contact", id=contact["id"], purpose="edit")
        office.server.kill()
    office.restart()
    with office.window("lead-norte") as lead:
        board = lead.call("sync")["presence"]["contacts"]
        assert [(there["id"], there["people"][0]["doing"]) for there in board] == [(contact["id"], "edit")]
        assert not lead.call("lock_contact", id=contact["id"], purpose="edit")["ok"]
    with office.window("agent-norte") as ana:
        kept = ana.call("renew_locks", leases=[{"id": contact["id"], "token": lease["token"]}])
        assert kept["lost"] == []
