"""The sync against a server in memory: what it loads, hears and tells."""

import threading
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.sync import GAP_SECONDS
from callmanager.desktop.sync_events import Applied, Progress, Rewritten, Status
from tests.desktop.sync_desk import DOWN, Desk


def test_the_first_start_connects_and_loads_everything(desk: Desk) -> None:
    desk.sync.step()
    assert desk.server.asked == ["connect", "sync", "snapshot"]
    assert desk.is_equal()
    assert desk.sync.status is Status.LIVE
    assert desk.replica.as_of is not None


def test_a_snapshot_comes_in_pages_and_shows_how_far_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path, page_limit=3)
    for contact_id in range(1, 8):
        desk.server.put(contact_id)
    desk.sync.step()
    assert desk.is_equal()
    assert [(event.done, event.total) for event in desk.told_of(Progress)] == [(4, 8), (7, 8)]
    assert [event.is_snapshot for event in desk.told_of(Applied)] == [True, False, False]
    desk.replica.close()


def test_what_changes_while_a_snapshot_is_loaded_is_not_missed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, page_limit=2)
    for contact_id in range(1, 8):
        desk.server.put(contact_id)
    edits = iter([1, 7, 1, 3])

    def work_goes_on() -> None:
        if contact_id := next(edits, None):
            desk.server.put(contact_id, name="edited")
            desk.server.drop(contact_id + 1)

    desk.server.before_page = work_goes_on
    desk.sync.step()
    assert desk.is_equal()
    desk.replica.close()


def test_a_load_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    desk = Desk(tmp_path, page_limit=3)
    for contact_id in range(1, 8):
        desk.server.put(contact_id)
    desk.server.before_page = lambda: setattr(desk.server, "failure", DOWN)
    desk.sync.step()
    assert desk.replica.is_loading
    desk.server.failure, desk.server.before_page = None, lambda: None
    desk.server.asked.clear()
    desk.wait(5)
    assert desk.server.asked == ["changes", "changes"]
    assert desk.is_equal()
    assert not desk.replica.is_loading
    assert desk.sync.status is Status.LIVE
    desk.replica.close()


def test_a_live_change_is_applied_without_asking(live: Desk) -> None:
    before = live.server.seq
    live.server.put(3, name="Ana")
    live.server.drop(4)
    live.hear("changes", live.server.message(before))
    assert live.is_equal()
    assert live.server.asked == []
    (applied,) = live.told_of(Applied)
    assert (applied.ids["contact"], applied.deleted["contact"]) == ([3], [4])
    assert [change["seq"] for change in applied.changes] == [before + 1, before + 2]


def test_a_message_heard_twice_changes_nothing(live: Desk) -> None:
    before = live.server.seq
    live.server.put(3, name="Ana")
    message = live.server.message(before)
    live.hear("changes", message)
    live.hear("changes", message)
    assert len(live.told_of(Applied)) == 1
    assert live.server.asked == []


def test_a_message_that_begins_before_what_is_known_is_taken_without_a_pull(live: Desk) -> None:
    before = live.server.seq
    live.server.put(3, name="Ana")
    live.sync.pull_soon()
    live.sync.step()
    live.server.put(5, name="Luz")
    live.server.asked.clear()
    live.hear("changes", live.server.message(before))
    assert live.server.asked == []
    assert live.is_equal()
    assert [change["seq"] for change in live.told_of(Applied)[-1].changes] == [live.server.seq]


def test_a_gap_is_filled_by_one_pull_however_many_messages_show_it(live: Desk) -> None:
    live.server.put(1, name="lost")
    for contact_id in (2, 3, 4):
        before = live.server.seq
        live.server.put(contact_id, name="late")
        live.link.deliver("changes", live.server.message(before))
    for _ in range(3):
        live.sync.step()
    assert live.server.asked == []
    live.wait(GAP_SECONDS[1])
    assert live.server.asked == ["changes"]
    assert live.is_equal()


def test_a_message_of_a_kind_that_is_not_understood_leads_to_a_pull(live: Desk) -> None:
    live.server.put(1, name="lost")
    live.hear("changes", {"epoch": "first", "seq": 99})
    assert live.is_equal()


def test_a_message_that_only_says_that_much_happened_leads_to_a_pull_after_a_random_wait(live: Desk) -> None:
    before = live.server.seq
    live.server.put(1, name="imported")
    live.hear("changes", {"epoch": "first", "prev": before, "seq": live.server.seq, "behind": True})
    assert live.server.asked == []
    assert live.spreads[-1] == (0.0, 1.0)
    live.wait(1.0)
    assert live.server.asked == ["changes"]
    assert live.is_equal()


def test_who_may_see_something_else_now_connects_again_and_starts_over(live: Desk) -> None:
    live.server.sight += 1
    live.hear("signed_out", {"reason": "rights_changed"})
    live.wait(2.0)
    assert live.server.asked == ["connect", "sync", "changes", "snapshot"]
    assert live.sync.status is Status.LIVE


def test_a_heartbeat_that_is_ahead_leads_to_a_pull(live: Desk) -> None:
    live.server.put(1, name="lost")
    live.hear("heartbeat", {"epoch": "first", "seq": live.server.seq})
    assert live.server.asked == []
    live.wait(2.0)
    assert live.server.asked == ["changes"]
    assert live.is_equal()


@pytest.mark.parametrize("seq", [None, "7", 1.5])
def test_a_heartbeat_that_cannot_be_read_leads_to_a_pull(live: Desk, seq: Any) -> None:
    live.server.put(2, name="unheard")
    live.hear("heartbeat", {"epoch": "first", "seq": seq})
    live.wait(10.0)
    assert live.is_equal()


def test_a_heartbeat_that_only_overtook_its_message_asks_nothing_more_than_once(live: Desk) -> None:
    before = live.server.seq
    live.server.put(1, name="late")
    live.hear("heartbeat", {"epoch": "first", "seq": live.server.seq})
    live.hear("changes", live.server.message(before))
    live.wait(2.0)
    assert live.server.asked == []


def test_a_heartbeat_is_not_forgotten_for_a_message_that_does_not_reach_it(live: Desk) -> None:
    before = live.server.seq
    live.server.put(1, name="first")
    first = live.server.message(before)
    live.server.put(2, name="lost")
    live.hear("heartbeat", {"epoch": "first", "seq": live.server.seq})
    live.hear("changes", first)
    live.wait(2.0)
    assert live.server.asked == ["changes"]
    assert live.is_equal()


def test_a_live_change_of_another_epoch_starts_over_at_once(live: Desk) -> None:
    live.server.restore_backup()
    live.hear("changes", live.server.message(live.server.seq))
    assert live.server.asked == ["changes", "snapshot"]
    assert live.is_equal()


def test_another_epoch_starts_over(live: Desk) -> None:
    live.server.restore_backup()
    live.hear("heartbeat", {"epoch": live.server.epoch, "seq": live.server.seq})
    live.wait(2.0)
    assert live.server.asked == ["changes", "snapshot"]
    assert live.is_equal()


def test_another_sight_starts_over_when_the_user_himself_was_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, user_id=42)
    desk.server.put(1)
    desk.sync.step()
    before = desk.server.seq
    desk.server.sight, desk.server.seq = 2, before + 1
    message = desk.server.message(before)
    me = {"id": 42, "seq": before + 1, "username": "ana", "team_id": 2}
    desk.hear("changes", {**message, "records": {**message["records"], "user": [me]}})
    assert desk.server.asked[-2:] == ["changes", "snapshot"]
    assert desk.replica.position is not None
    assert desk.replica.position.sight == 2
    desk.replica.close()


def test_a_past_that_was_rewritten_is_noticed(live: Desk) -> None:
    live.server.seq -= 2
    live.sync.pull_soon()
    live.sync.step()
    (alarm,) = live.told_of(Rewritten)
    assert (alarm.seen.seq, alarm.found.seq) == (8, 6)


def test_another_past_of_the_same_length_is_noticed(live: Desk) -> None:
    live.server.past = "another"
    live.sync.pull_soon()
    live.sync.step()
    (alarm,) = live.told_of(Rewritten)
    assert alarm.seen.seq == alarm.found.seq


def test_the_end_of_a_run_gives_the_connection_back(live: Desk) -> None:
    stop = threading.Event()
    stop.set()
    live.sync.run(stop)
    assert not live.link.is_open


def test_a_past_that_only_went_on_raises_no_alarm(live: Desk) -> None:
    for _ in range(2):
        live.server.put(1, name="again")
        live.sync.pull_soon()
        live.sync.step()
    assert live.is_equal()
    assert live.told_of(Rewritten) == []


def test_who_lost_the_connection_asks_nothing_more_until_it_connects_again(live: Desk) -> None:
    live.hear("heartbeat", {"epoch": "first", "seq": live.server.seq + 1})
    live.wait(1.0)
    live.hear("closed")
    live.wait(1.0)
    assert live.server.asked == []
    live.wait(1.0)
    assert live.server.asked[0] == "connect"


def test_a_replica_on_disk_is_used_again_by_the_next_start(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.server.put(1)
    first.sync.step()
    first.replica.close()
    second = Desk(tmp_path)
    second.server.put(1)
    second.server.put(2)
    second.sync.step()
    assert second.server.asked == ["connect", "sync", "changes"]
    assert second.is_equal()
    second.replica.close()
