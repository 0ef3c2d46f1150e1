"""Who is there, and who looks at which contact."""

from collections.abc import Iterator

import pytest

from callmanager.domain.changes import team_scope
from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import Visibility
from callmanager.server.realtime.presence import CALL, EDIT, Presence
from tests.server.live_office import LiveOffice

ALL = Visibility(everything=False, every_team=True, team_id=None)
TEAM_1 = Visibility(everything=False, every_team=False, team_id=1)
TEAM_2 = Visibility(everything=False, every_team=False, team_id=2)
ANA = Actor(1, "ana", Role.AGENT, 1)
BEA = Actor(2, "bea", Role.AGENT, 1)


@pytest.fixture
def board() -> Presence:
    return Presence(lambda: None)


def doing(board: Presence, contact_id: int = 5, sight: Visibility = ALL) -> dict[str, str]:
    found = [contact for contact in board.report(sight)["contacts"] if contact["id"] == contact_id]
    return {person["name"]: person["doing"] for contact in found for person in contact["people"]}


def test_a_person_with_two_windows_counts_once_and_stays_until_the_last_is_closed(board: Presence) -> None:
    board.arrive("a", ANA)
    board.arrive("b", ANA)
    for sid in ("a", "b"):
        board.view(sid, 5, team_scope(1))
    assert board.report(ALL)["people"] == [{"id": 1, "online": True}]
    assert doing(board) == {"ana": "view"}
    board.depart("a")
    assert doing(board) == {"ana": "view"}
    board.depart("b")
    assert (board.report(ALL)["people"], doing(board)) == ([], {})


def test_the_most_that_a_person_does_is_told(board: Presence) -> None:
    board.arrive("a", ANA)
    board.view("a", 5, team_scope(1))
    board.hold(5, team_scope(1), ANA, EDIT)
    assert doing(board) == {"ana": "edit"}
    board.hold(5, team_scope(1), BEA, CALL)
    assert doing(board) == {"ana": "view", "bea": "call"}
    board.hold(5, team_scope(1), None)
    assert doing(board) == {"ana": "view"}


def test_only_those_who_may_see_the_contact_are_told(board: Presence) -> None:
    board.arrive("a", ANA)
    board.view("a", 5, team_scope(1))
    stirred = board.take_stirred()
    assert [contact["id"] for contact in board.report(TEAM_1, stirred)["contacts"]] == [5]
    assert board.report(TEAM_2, stirred)["contacts"] == []


def test_who_loses_sight_of_a_contact_is_told_that_nobody_is_there(board: Presence) -> None:
    board.arrive("a", ANA)
    board.view("a", 5, team_scope(1))
    board.take_stirred()
    board.rescope([(5, team_scope(2)), (6, team_scope(2))])
    stirred = board.take_stirred()
    assert board.report(TEAM_1, stirred)["contacts"] == [{"id": 5, "people": []}]
    assert [contact["id"] for contact in board.report(TEAM_2, stirred)["contacts"]] == [5]
    assert doing(board, sight=TEAM_1) == {}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("presence"))
    yield opened
    opened.close()


def test_others_see_who_looks_at_a_contact_and_that_he_left_when_his_program_dies(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("lead-norte") as lead, office.window("agent-sur") as stranger:
        agent = office.window("agent-norte")
        assert agent.call("view_contact", id=contact["id"])["ok"] is True
        person = {"id": office.ids["agent-norte"], "name": "agent-norte", "doing": "view"}
        looked_at = {"id": contact["id"], "people": [person]}
        # One message may also tell that somebody of an earlier test has just left another contact.
        lead.told("presence", lambda told: looked_at in told["contacts"])
        assert lead.call("sync")["presence"]["contacts"] == [looked_at]
        agent.client.eio.ws.sock.close()  # as if the cable were pulled: no goodbye
        gone = lead.told("presence", lambda told: {"id": person["id"], "online": False} in told["people"])
        assert {"id": contact["id"], "people": []} in gone["contacts"]
        assert lead.call("sync")["presence"]["contacts"] == []
        assert stranger.call("sync")["presence"]["contacts"] == []
        told_to_stranger = [
            found for name, payload in stranger.seen if name == "presence" for found in payload["contacts"]
        ]
        assert contact["id"] not in {found["id"] for found in told_to_stranger}


def test_presence_is_rebuilt_by_the_clients_after_a_restart(office: LiveOffice) -> None:
    contact = office.create()
    office.window("manager").call("view_contact", id=contact["id"])
    office.restart()
    with office.window("manager") as back, office.window("boss") as boss:
        assert boss.call("sync")["presence"]["contacts"] == []
        back.call("view_contact", id=contact["id"])
        assert boss.call("sync")["presence"]["contacts"][0]["people"][0]["name"] == "manager"
