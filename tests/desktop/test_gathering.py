"""What happens at the workplace while the window is busy: told in order, and news of records as one."""

from __future__ import annotations

import pytest

from callmanager.desktop.background import Bus
from callmanager.desktop.models.session.gathering import Gathering
from callmanager.desktop.sync_events import Applied, Heard, Progress, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent


class Window:
    """Hears when its bus is drained."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.heard: list[WorkEvent] = []
        self.news = Gathering(self.bus, self.heard.append)

    def put(self, *events: WorkEvent) -> None:
        for event in events:
            self.news.put(event)

    def drain(self) -> list[WorkEvent]:
        while self.bus.drain():
            pass
        heard, self.heard[:] = list(self.heard), []
        return heard


@pytest.fixture
def window() -> Window:
    return Window()


def changed(since: int, to: int, *ids: int, gone: tuple[int, ...] = (), is_snapshot: bool = False) -> Applied:
    return Applied(since, to, {"contact": list(ids)}, {"contact": list(gone)}, {}, (), is_snapshot)


LOCKED, UNLOCKED = Heard("contact_locked", {"id": 1}), Heard("contact_unlocked", {"id": 1})
OFFLINE = StatusChanged(Status.OFFLINE, None)


def test_news_of_records_that_pile_up_are_told_as_one_with_each_record_once(window: Window) -> None:
    window.put(changed(1, 2, 7), changed(2, 3, 8), changed(3, 5, 7, gone=(9,)))
    (told,) = window.drain()
    assert told == Applied(1, 5, {"contact": [7, 8]}, {"contact": [9]}, {}, None, False)


def test_a_thousand_changes_behind_a_busy_window_are_one_turn_of_its_bus(window: Window) -> None:
    for number in range(1_000):
        window.put(changed(number, number + 1, number % 10), Heard("changes", {"seq": number + 1}))
    assert not window.bus.drain(0), "nothing is left after the first turn"
    (told,) = window.heard
    assert isinstance(told, Applied)
    assert (told.since, told.to, sorted(told.ids["contact"])) == (0, 1_000, list(range(10)))


def test_what_was_told_is_not_told_again(window: Window) -> None:
    window.put(changed(1, 2, 7))
    first = window.drain()
    window.put(changed(2, 3, 8))
    assert (first, window.drain()) == ([changed(1, 2, 7)], [changed(2, 3, 8)])


def test_everything_else_keeps_its_order_and_news_of_records_never_come_later(window: Window) -> None:
    window.put(LOCKED, changed(1, 2, 7), UNLOCKED, changed(2, 3, 8), LOCKED)
    first, news, *rest = window.drain()
    assert isinstance(news, Applied)
    assert news.ids == {"contact": [7, 8]}
    assert [first, *rest] == [LOCKED, UNLOCKED, LOCKED]


@pytest.mark.parametrize("barrier", [OFFLINE, Progress(1, 2), changed(0, 9, 1, is_snapshot=True)])
def test_nothing_is_told_before_a_status_a_progress_or_a_fresh_start(window: Window, barrier: WorkEvent) -> None:
    before, after = changed(1, 2, 7), changed(9, 10, 8)
    window.put(before, barrier, after)
    assert window.drain() == [before, barrier, after]


def test_the_live_message_itself_is_not_told_beside_what_it_changed(window: Window) -> None:
    window.put(Heard("changes", {"seq": 2}), Heard("presence", {}))
    assert window.drain() == [Heard("presence", {})]
