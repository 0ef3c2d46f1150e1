"""What is read from the log for each audience: the same as the feed says, nothing before a commit, nothing lost."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from callmanager.domain.permissions import Visibility
from callmanager.server.actions import contacts
from callmanager.server.changes.broadcast import Audience, News, audience_of, is_behind, is_empty, read_news, read_piece
from callmanager.server.changes.entities import SESSION, USER
from callmanager.server.changes.feed import Viewer, read_changes
from callmanager.server.changes.history import ChangeFilter, list_changes
from callmanager.server.changes.log import read_head
from callmanager.server.storage.engine import open_storage
from tests.office import REGION, Office

ADMIN = Visibility(everything=True, every_team=True, team_id=None)
MANAGER = Visibility(everything=False, every_team=True, team_id=None)
NOBODY = Visibility(everything=False, every_team=False, team_id=None)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    storage = open_storage("contacts.db", home=tmp_path)
    yield Office(storage)
    storage.close()


def head(office: Office) -> int:
    with office.storage.read() as connection:
        return read_head(connection).seq


def news(office: Office, since: int, *sights: Visibility, **how: Any) -> News:
    with office.storage.read() as connection:
        return read_news(connection, [audience_of(sight) for sight in sights], since=since, **how)


def lived(office: Office) -> list[Visibility]:
    """An office in which everything happened, and everybody who could look on."""
    north, south = office.open_teams("norte", "sur")
    moved = office.create(team_id=north)
    moved = office.edit(moved.id, 1, team_id=south)
    office.edit(moved.id, 2, team_id=None)
    kept = office.create(team_id=south, name="Sur")
    office.do(contacts.delete, kept.id, version=1)
    office.create(name="Todos")
    teams = [Visibility(everything=False, every_team=False, team_id=team) for team in (north, south)]
    return [ADMIN, MANAGER, NOBODY, *teams]


@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_a_message_says_what_the_feed_and_the_log_say_to_the_same_person(office: Office, step: int) -> None:
    sights = lived(office)
    last = head(office)
    for sight in sights:
        with office.storage.read() as connection:
            epoch = read_head(connection).epoch
            for since in range(1, last, step):
                to = min(since + step, last)
                told = orjson.loads(read_piece(connection, audience_of(sight), since=since, to=to))
                assert (told["epoch"], told["prev"], told["seq"]) == (epoch, since, to)
                seen = list_changes(
                    connection, sight, ChangeFilter(since_seq=since), before_seq=to + 1, limit=1000
                ).lines
                assert told["changes"] == seen[::-1]
            told = orjson.loads(read_piece(connection, audience_of(sight), since=1, to=last))
            viewer = Viewer(sight, 0)
            page = orjson.loads(read_changes(connection, viewer, epoch=epoch, since=1, limit=5000, sight_seq=0))
        assert told["records"] == {kind: rows for kind, rows in page["records"].items() if rows}
        assert told["deleted"] == {kind: ids for kind, ids in page["deleted"].items() if ids}


def test_a_managers_own_team_makes_no_other_audience() -> None:
    with_team = Visibility(everything=False, every_team=True, team_id=3)
    assert audience_of(with_team) == audience_of(MANAGER) != audience_of(ADMIN)


def test_many_commits_make_one_message(office: Office) -> None:
    before = head(office)
    for number in range(50):
        office.create(phone=f"8800-{number:04d}")
    found = news(office, before, MANAGER)
    told = orjson.loads(found.payloads[audience_of(MANAGER)])
    assert (told["prev"], told["seq"]) == (before, before + 50)
    assert len(told["records"]["contact"]) == len(told["changes"]) == 50


def test_nothing_new_is_no_message(office: Office) -> None:
    assert news(office, head(office), ADMIN, MANAGER).payloads == {}


def test_far_behind_everybody_is_told_to_pull(office: Office) -> None:
    before = head(office)
    for number in range(5):
        office.create(phone=f"8800-{number:04d}")
    found = news(office, before, MANAGER, NOBODY, most_changes=4)
    for payload in found.payloads.values():
        assert is_behind(payload)
        assert orjson.loads(payload) == {"epoch": found.epoch, "prev": before, "seq": before + 5, "behind": True}


def test_a_message_that_is_too_large_is_not_sent(office: Office) -> None:
    before = head(office)
    for number in range(30):
        office.create(phone=f"8800-{number:04d}", note="x" * 10_000)
    assert is_behind(news(office, before, MANAGER).payloads[audience_of(MANAGER)])


def test_what_one_may_not_see_moves_his_position_only(office: Office) -> None:
    (team,) = office.open_teams("norte")
    before = head(office)
    office.create(team_id=team)
    payload = news(office, before, NOBODY).payloads[audience_of(NOBODY)]
    assert is_empty(payload)
    assert orjson.loads(payload)["seq"] == before + 1


def test_a_filter_of_kinds_leaves_out_the_others(office: Office) -> None:
    before = head(office)
    office.create()
    audience = Audience(MANAGER, frozenset({"team"}))
    with office.storage.read() as connection:
        assert is_empty(read_news(connection, [audience], since=before).payloads[audience])


def test_a_write_that_was_rolled_back_is_told_to_nobody(office: Office) -> None:
    before = head(office)
    heard: list[int] = []
    office.log.on_commit(lambda committed: heard.append(committed.seq_to))
    with contextlib.suppress(ZeroDivisionError), office.write() as tx:
        contacts.create(tx, {"phone": "8888-0000"}, region=REGION)
        raise ZeroDivisionError
    assert heard == []
    assert news(office, before, ADMIN).payloads == {}


def test_whose_account_or_session_was_changed_is_looked_at_again_and_nobody_else(office: Office) -> None:
    office.open_teams("norte")
    changed, signed_out = office.people["agent-norte"].id, office.people["lead"].id
    with office.write() as tx:
        row = {"user_id": signed_out, "jti": "one", "expires_at": office.clock.now()}
        session = tx.insert(SESSION, row)
    since = head(office)
    made = office.create(name="Ana")
    office.edit(made.id, 1, name="Eva")
    with office.write() as tx:
        tx.insert(SESSION, {"user_id": office.people["admin"].id, "jti": "two", "expires_at": office.clock.now()})
        tx.update(tx.get(USER, changed), active=False)
        tx.delete(session)
    assert news(office, since, ADMIN).affected == {changed, signed_out}


def test_the_contacts_that_changed_hands_are_named_with_whose_they_are_now(office: Office) -> None:
    north, south = office.open_teams("norte", "sur")
    moved, stays = office.create(team_id=north), office.create(team_id=north)
    since = head(office)
    office.edit(moved.id, 1, team_id=south)
    office.edit(stays.id, 1, note="x")
    assert news(office, since, ADMIN).rescoped == {moved.id: f"team:{south}"}
