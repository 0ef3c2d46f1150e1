"""The sync against a server in memory: what it asks, when, and what it tells."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.store import Replica
from callmanager.desktop.sync import GAP_SECONDS, LONGEST_WAIT, POLL_SECONDS, SILENCE_SECONDS, Sync
from callmanager.desktop.sync_events import Applied, Progress, Rewritten, Status, StatusChanged, SyncEvent
from callmanager.domain.errors import TooMany, Unauthenticated, Unavailable
from tests.desktop.fake_server import FakeClock, FakeLink, FakeServer, canonical

DOWN = Unavailable("server_unreachable", "down")


class Desk:
    """A sync with its replica, a server and clocks."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self.clock, self.server = FakeClock(), FakeServer()
        self.replica = Replica(folder / "replica.db")
        self.told: list[SyncEvent] = []
        self.spreads: list[tuple[float, float]] = []
        self.sync = Sync(
            self.server,
            self.replica,
            self.clock,
            self.told.append,
            monotonic=self.clock.monotonic,
            spread=self._spread,
            **how,
        )

    def _spread(self, low: float, high: float) -> float:
        self.spreads.append((low, high))
        return high

    @property
    def link(self) -> FakeLink:
        return self.server.links[-1]

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.sync.step()

    def drain(self) -> None:
        for _ in range(50):
            self.sync.step()

    def hear(self, event: str, payload: Any = None) -> None:
        self.link.deliver(event, payload)
        self.sync.step()

    def told_of(self, kind: type) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    def is_equal(self) -> bool:
        return canonical(self.replica.list_records("contact")) == self.server.canonical()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    for contact_id in range(1, 8):
        made.server.put(contact_id)
    yield made
    made.replica.close()


@pytest.fixture
def live(desk: Desk) -> Desk:
    desk.sync.step()
    assert desk.sync.status is Status.LIVE
    desk.server.asked.clear()
    desk.told.clear()
    return desk


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


def test_a_lost_connection_is_opened_again_after_a_random_wait(live: Desk) -> None:
    live.server.put(2, name="away")
    live.hear("closed", {"reason": "transport error"})
    assert live.sync.status is Status.OFFLINE
    assert live.spreads[-1] == (0.0, 2.0)
    live.wait(2.0)
    assert live.server.asked == ["connect", "sync", "changes"]
    assert live.is_equal()
    assert live.sync.status is Status.LIVE


def test_a_client_that_missed_nothing_asks_only_whether_it_did(live: Desk) -> None:
    live.hear("closed")
    live.wait(2.0)
    assert live.server.asked == ["connect", "sync"]
    assert live.sync.status is Status.LIVE


def test_waits_grow_up_to_a_bound_while_the_server_is_away(live: Desk) -> None:
    live.server.failure = DOWN
    live.hear("closed")
    live.spreads.clear()
    for _ in range(6):
        live.wait(5.0)
    backoff = [pair for pair in live.spreads if pair[1] <= 5.0]
    assert backoff == [(0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (2.5, 5.0), (2.5, 5.0), (2.5, 5.0)]
    live.server.failure = None
    live.wait(5.0)
    assert live.sync.status is Status.LIVE
    assert live.is_equal()


def test_the_list_stays_and_is_dated_while_the_server_is_away(live: Desk) -> None:
    as_of = live.replica.as_of
    live.server.failure = DOWN
    live.hear("closed")
    live.wait(5.0)
    assert len(live.replica.list_records("contact")) == 7
    assert live.replica.as_of == as_of
    assert live.told_of(StatusChanged)[-1] == StatusChanged(Status.OFFLINE, DOWN)


def test_without_a_socket_the_feed_is_asked_now_and_then(desk: Desk) -> None:
    desk.server.has_socket = False
    desk.sync.step()
    assert desk.sync.status is Status.POLLING
    assert desk.is_equal()
    desk.server.put(2, name="polled")
    desk.wait(6.0)
    assert desk.is_equal()
    desk.server.has_socket = True
    for _ in range(5):
        desk.wait(6.0)
    assert desk.sync.status is Status.LIVE


def test_one_socket_that_fails_is_tried_again_within_seconds(desk: Desk) -> None:
    desk.server.has_socket = False
    desk.sync.step()
    assert desk.spreads == [POLL_SECONDS, (1.0, 3.0)]
    desk.server.has_socket = True
    desk.wait(3.0)
    assert desk.sync.status is Status.LIVE


def test_sockets_that_keep_failing_are_tried_ever_more_rarely_up_to_a_bound(desk: Desk) -> None:
    desk.server.has_socket = False
    for _ in range(30):
        desk.wait(5.0)
    waits = [pair for pair in desk.spreads if pair != POLL_SECONDS]
    assert waits[:6] == [(1.0, 3.0), (2.0, 6.0), (4.0, 12.0), (8.0, 24.0), (15.0, 25.0), (15.0, 25.0)]
    assert desk.sync.status is Status.POLLING


def test_a_socket_that_was_open_again_makes_the_next_failure_a_first_one(desk: Desk) -> None:
    desk.server.has_socket = False
    for _ in range(5):
        desk.wait(6.0)
    desk.server.has_socket = True
    desk.wait(25.0)
    assert desk.sync.status is Status.LIVE
    desk.server.has_socket = False
    desk.hear("closed")
    desk.spreads.clear()
    desk.wait(2.0)
    assert desk.spreads == [POLL_SECONDS, (1.0, 3.0)]


def test_a_socket_is_not_asked_for_before_the_time_that_the_server_names(desk: Desk) -> None:
    desk.server.has_socket = False
    desk.server.no_socket = TooMany("too_many_windows", "full", retry_after_seconds=60)
    desk.sync.step()
    desk.server.asked.clear()
    for _ in range(10):
        desk.wait(6.0)
    assert "connect" not in desk.server.asked
    desk.wait(6.0)
    assert "connect" in desk.server.asked


def test_a_server_that_says_nothing_at_all_is_taken_for_lost(live: Desk) -> None:
    silent = live.link
    live.wait(SILENCE_SECONDS)
    assert not silent.is_open
    live.wait(2.0)
    assert live.sync.status is Status.LIVE


def test_who_has_no_socket_is_not_startled_by_its_silence(live: Desk) -> None:
    live.server.has_socket = False
    live.hear("closed")
    live.wait(2.0)
    live.told.clear()
    for _ in range(40):
        live.wait(SILENCE_SECONDS / 20)
    assert {event.status for event in live.told_of(StatusChanged)} == {Status.POLLING}


def test_what_an_old_connection_still_says_is_not_believed(live: Desk) -> None:
    old = live.link
    live.hear("closed")
    live.wait(2.0)
    old.on_event("closed", None)
    old.on_event("signed_out", {"reason": "old"})
    live.drain()
    assert live.sync.status is Status.LIVE


def test_a_pc_that_was_asleep_connects_anew(live: Desk) -> None:
    live.server.put(1, name="while asleep")
    asleep = iter([0.0])

    class Sleepy(FakeClock):
        def now(self) -> Any:
            if next(asleep, None) is None:
                self.slept = 3_600.0
            return super().now()

    live.sync._clock = Sleepy(live.clock.seconds)
    live.sync.step()
    assert live.sync.status is Status.OFFLINE
    live.wait(2.0)
    live.wait(2.0)
    assert live.is_equal()


def test_who_was_signed_out_asks_nothing_more(live: Desk) -> None:
    live.hear("signed_out", {"reason": "password changed"})
    assert live.sync.status is Status.SIGNED_OUT
    live.sync.pull_soon()
    live.wait(600.0)
    assert live.server.asked == []
    assert len(live.replica.list_records("contact")) == 7


def test_a_refused_credential_is_not_tried_again(desk: Desk) -> None:
    desk.server.failure = Unauthenticated("token_expired", "over")
    desk.sync.step()
    desk.wait(600.0)
    assert desk.server.asked == ["connect"]
    assert desk.told_of(StatusChanged) == [StatusChanged(Status.SIGNED_OUT, desk.server.failure)]


def test_a_credential_that_is_refused_to_a_pull_is_not_tried_again(live: Desk) -> None:
    live.server.failure = Unauthenticated("token_expired", "over")
    live.sync.pull_soon()
    live.sync.step()
    assert live.sync.status is Status.SIGNED_OUT
    assert not live.link.is_open
    live.wait(600.0)
    assert live.server.asked == ["changes"]


def test_it_waits_until_something_is_due_but_never_so_long_that_a_sleep_goes_unnoticed(desk: Desk) -> None:
    assert desk.sync.next_wait() == 0.0
    desk.sync.step()
    assert desk.sync.next_wait() == LONGEST_WAIT < SILENCE_SECONDS
    desk.hear("closed")
    assert desk.sync.next_wait() == 2.0
    desk.clock.seconds += 100.0
    assert desk.sync.next_wait() == 0.0


def test_a_server_that_is_asked_too_often_is_given_the_time_it_names(live: Desk) -> None:
    live.server.failure = TooMany("too_many_requests", "slow", retry_after_seconds=40)
    live.sync.pull_soon()
    live.sync.step()
    live.server.asked.clear()
    live.wait(39.0)
    assert live.server.asked == []
    live.server.failure = None
    live.wait(2.0)
    assert live.server.asked == ["changes"]


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
