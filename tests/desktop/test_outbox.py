"""The outbox: order, refusals, waiting, and what is never done by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.outbox import MOST_FAILURES, REPEATABLE_FOR, Outbox, Refused, Sent
from callmanager.desktop.store import UnsentWork
from callmanager.desktop.wire import Answer
from callmanager.domain.errors import (
    CallManagerError,
    Conflict,
    Forbidden,
    Invalid,
    Locked,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from tests.desktop.fake_sender import FakeSender
from tests.desktop.fake_server import FakeClock


class Desk:
    def __init__(self, folder: Path) -> None:
        self.sender, self.clock = FakeSender(), FakeClock()
        self.work = UnsentWork(folder / "work.db")
        self.told: list[Any] = []
        keys = count(1)
        self.outbox = Outbox(
            self.sender, self.work, self.clock, new_key=lambda: f"key-{next(keys)}", tell=self.told.append
        )

    def put(self, *names: str) -> None:
        for name in names:
            self.outbox.put("POST", f"/{name}", {"name": name}, about=name)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.work.close()


LOST = Unavailable("answer_lost", "lost")
UNREACHABLE = Unavailable("server_unreachable", "away")


def test_work_is_sent_in_order_and_then_gone(desk: Desk) -> None:
    desk.put("a", "b", "c")
    assert desk.outbox.send_all() is None
    assert [path for path, _, _ in desk.sender.sent] == ["/a", "/b", "/c"]
    assert [event.item.about for event in desk.told if isinstance(event, Sent)] == ["a", "b", "c"]
    assert desk.work.list_waiting() == []


def test_when_the_server_is_away_everything_waits_and_keeps_its_order_and_keys(desk: Desk) -> None:
    desk.put("a", "b")
    desk.sender.outcomes = [LOST]
    assert desk.outbox.send_all() is LOST
    desk.put("c")
    assert desk.outbox.send_all() is None
    assert desk.sender.sent == [
        ("/a", {"name": "a"}, "key-1"),
        ("/a", {"name": "a"}, "key-1"),
        ("/b", {"name": "b"}, "key-2"),
        ("/c", {"name": "c"}, "key-3"),
    ]


@pytest.mark.parametrize(
    "obstacle",
    [
        TooMany("too_many_requests", "slow", retry_after_seconds=9),
        Unauthenticated("token_expired", "sign in"),
        Forbidden("password_change_needed", "change it"),
        Unavailable("disk_full", "full"),
    ],
)
def test_what_is_no_fault_of_the_request_does_not_refuse_it(desk: Desk, obstacle: CallManagerError) -> None:
    desk.put("a")
    desk.sender.outcomes = [obstacle]
    assert desk.outbox.send_all() is obstacle
    assert desk.work.list_refused() == []
    assert desk.outbox.send_all() is None


@pytest.mark.parametrize(
    "refusal",
    [
        Invalid("phone_too_short", "%(n)s digits", fields={"field": "phone"}, n=2),
        Conflict("version_conflict", "changed", fields={"note": {"mine": "a", "theirs": "b"}}),
        Forbidden("forbidden", "no"),
    ],
)
def test_what_is_refused_is_kept_with_its_reason_and_the_rest_goes_on(desk: Desk, refusal: CallManagerError) -> None:
    desk.put("a", "b")
    desk.sender.outcomes = [refusal]
    assert desk.outbox.send_all() is None
    (kept,) = desk.work.list_refused()
    assert (kept.about, kept.body) == ("a", {"name": "a"})
    assert kept.problem == {
        "code": refusal.code,
        "message": refusal.message,
        "params": refusal.params,
        "fields": refusal.fields,
    }
    assert [type(event) for event in desk.told] == [Refused, Sent]


def test_only_the_user_sends_a_refused_request_again_or_drops_it(desk: Desk) -> None:
    desk.put("a", "b")
    desk.sender.outcomes = [Invalid("x", "x"), Invalid("x", "x")]
    desk.outbox.send_all()
    first, second = desk.work.list_refused()
    desk.work.discard(second.number)
    desk.outbox.retry(first.number)
    desk.sender.sent.clear()
    assert desk.outbox.send_all() is None
    assert desk.sender.sent == [("/a", {"name": "a"}, "key-3")]
    assert desk.work.list_refused() == []


def test_what_waits_cannot_be_dropped(desk: Desk) -> None:
    desk.put("a")
    (waiting,) = desk.work.list_waiting()
    desk.work.discard(waiting.number)
    desk.outbox.retry(waiting.number)
    assert desk.work.list_waiting() == [waiting]


def test_a_request_that_always_fails_inside_the_server_makes_way_in_the_end(desk: Desk) -> None:
    desk.put("poison", "b")
    desk.sender.outcomes = [Unavailable("internal_error", "oops") for _ in range(MOST_FAILURES)]
    obstacles = [desk.outbox.send_all() for _ in range(MOST_FAILURES)]
    assert obstacles[-1] is None
    assert all(obstacle is not None for obstacle in obstacles[:-1])
    assert [item.about for item in desk.work.list_refused()] == ["poison"]
    assert [path for path, _, _ in desk.sender.sent] == ["/poison"] * MOST_FAILURES + ["/b"]


def test_what_its_own_user_still_holds_is_sent_again_however_late(desk: Desk) -> None:
    desk.outbox = Outbox(
        desk.sender, desk.work, desk.clock, new_key=lambda: "key", tell=desk.told.append, username="ana"
    )
    desk.put("a")
    desk.sender.outcomes = [Locked("contact_locked", "held", fields={"holder": "ana"})]
    assert desk.outbox.send_all() is not None
    desk.clock.seconds += REPEATABLE_FOR.total_seconds() + 1
    assert desk.outbox.send_all() is None
    assert (len(desk.sender.sent), desk.work.list_refused()) == (2, [])


def test_a_request_is_kept_under_the_number_that_its_events_bear(desk: Desk) -> None:
    numbers = [desk.outbox.put("POST", f"/{name}", {}, about=name) for name in ("a", "b")]
    desk.outbox.send_all()
    assert [event.item.number for event in desk.told if isinstance(event, Sent)] == numbers


def test_what_may_have_been_done_so_long_ago_that_the_server_forgot_it_is_not_sent_again(desk: Desk) -> None:
    desk.put("a")
    desk.sender.outcomes = [LOST]
    desk.outbox.send_all()
    desk.clock.seconds += REPEATABLE_FOR.total_seconds() + 1
    assert desk.outbox.send_all() is None
    assert len(desk.sender.sent) == 1
    (kept,) = desk.work.list_refused()
    assert (kept.problem or {})["code"] == "outcome_unknown"


def test_what_surely_never_left_may_wait_for_as_long_as_it_takes(desk: Desk) -> None:
    desk.put("a")
    desk.sender.outcomes = [UNREACHABLE]
    assert desk.outbox.send_all() is UNREACHABLE
    desk.clock.seconds += 7 * 86_400
    assert desk.outbox.send_all() is None
    assert len(desk.sender.sent) == 2


def test_being_unreachable_later_does_not_undo_that_it_may_have_been_done(desk: Desk) -> None:
    desk.put("a")
    desk.sender.outcomes = [LOST, UNREACHABLE]
    desk.outbox.send_all()
    desk.outbox.send_all()
    desk.clock.seconds += 7 * 86_400
    desk.outbox.send_all()
    assert len(desk.sender.sent) == 2
    assert len(desk.work.list_refused()) == 1


def test_work_put_while_another_thread_sends_is_left_to_that_thread(desk: Desk) -> None:
    desk.put("a")
    inner: list[CallManagerError | None] = []
    ask = desk.sender.ask

    def ask_while_another_tries(*args: Any, **kwargs: Any) -> Answer:
        if not inner:
            desk.put("b")
            inner.append(desk.outbox.send_all())
        return ask(*args, **kwargs)

    desk.sender.ask = ask_while_another_tries  # type: ignore[method-assign]
    assert desk.outbox.send_all() is None
    assert [path for path, _, _ in desk.sender.sent] == ["/a", "/b"]
