"""The sync while server, socket or credential are gone: when it asks again, and when not."""

from typing import Any

from callmanager.desktop.sync.following import LONGEST_WAIT, POLL_SECONDS, SILENCE_SECONDS
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.domain.errors import TooMany, Unauthenticated
from tests.desktop.fake_server import FakeClock
from tests.desktop.sync_desk import DOWN, Desk


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
    live.server.failure = DOWN
    live.hear("closed")
    live.spreads.clear()
    live.wait(5.0)
    assert (0.5, 1.0) in live.spreads, "the next outage begins anew"


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
