"""How long ago something was, by the steady clock of one run of the program and by the PC's clock after that."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from callmanager.desktop.moments import Moments, has_moment
from callmanager.desktop.outbox import Outbox, Refused
from callmanager.desktop.store import UnsentWork
from callmanager.domain.errors import Unavailable
from tests.desktop.fake_sender import FakeSender
from tests.softphones.moved_timers import MovedTime


class Pc(MovedTime):
    """Both clocks of a PC; `set_clock` is what somebody does to the one on the wall."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = 100.0
        self.off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off

    def pass_by(self, seconds: float) -> None:
        self.move(seconds)
        self.steady += seconds

    def run(self) -> Moments:
        """A run of the program."""
        return Moments(self, lambda: self.steady)


def test_the_steady_clock_counts_whatever_is_done_to_the_one_on_the_wall() -> None:
    pc = Pc()
    moments = pc.run()
    kept = {"steps": [{"state": "ended", **moments.mark(pc.steady - 3)}], "note": "x"}
    pc.pass_by(10)
    pc.off = timedelta(hours=-5)
    assert moments.fill(kept) == {"steps": [{"state": "ended", "ago": 13.0}], "note": "x"}
    assert has_moment(kept)
    assert not has_moment(moments.fill(kept))


def test_another_run_counts_by_the_clock_on_the_wall_and_never_into_the_future() -> None:
    pc = Pc()
    kept = pc.run().mark(pc.steady - 4)
    pc.pass_by(60)
    pc.steady = 2.0  # the PC was started anew
    assert round(pc.run().fill(kept)["ago"], 3) == 64.0
    pc.off = timedelta(days=-1)
    assert pc.run().fill(kept)["ago"] == 0.0


def test_what_tells_a_moment_is_counted_anew_at_each_sending_and_never_under_the_same_key(tmp_path: Path) -> None:
    pc, sender = Pc(), FakeSender()
    work = UnsentWork(tmp_path / "work.db")
    keys = iter("abcdef")
    outbox = Outbox(sender, work, pc, new_key=lambda: next(keys), tell=lambda _event: None, moments=pc.run())
    outbox.put("PATCH", "/calls/1", {"steps": [outbox.moments.mark()]})
    sender.outcomes = [Unavailable("answer_lost", "lost")]
    pc.pass_by(5)
    outbox.send_all()
    pc.pass_by(7)
    assert outbox.send_all() is None
    assert [body["steps"][0]["ago"] for _path, body, _key in sender.sent] == [5.0, 12.0]
    first, second = (key for _path, _body, key in sender.sent)
    assert first != second
    work.close()


def test_an_outcome_is_sent_again_under_its_key_and_not_when_the_server_may_have_forgotten_that(tmp_path: Path) -> None:
    pc, sender = Pc(), FakeSender()
    told: list[Any] = []
    work = UnsentWork(tmp_path / "work.db")
    outbox = Outbox(sender, work, pc, new_key=iter("abc").__next__, tell=told.append, moments=pc.run())
    for _ in range(2):
        outbox.put("POST", "/calls/1/disposition", {"disposition": "NC", **outbox.moments.mark()})
    sender.outcomes = [Unavailable("answer_lost", "lost")]
    pc.pass_by(5)
    outbox.send_all()
    pc.pass_by(7)
    sender.outcomes = [None, Unavailable("answer_lost", "lost")]
    outbox.send_all()
    assert [(body["ago"], key) for _path, body, key in sender.sent] == [(5.0, "a"), (12.0, "a"), (12.0, "b")]
    pc.pass_by(21 * 3_600)
    outbox.send_all()
    assert [event.error.code for event in told if isinstance(event, Refused)] == ["outcome_unknown"]
    assert len(sender.sent) == 3
    work.close()


def test_a_request_that_was_withdrawn_does_not_go_out_and_one_that_has_gone_stays(tmp_path: Path) -> None:
    pc, sender = Pc(), FakeSender()
    work = UnsentWork(tmp_path / "work.db")
    outbox = Outbox(sender, work, pc, new_key=iter("abc").__next__, tell=lambda _event: None, moments=pc.run())
    number = outbox.put("POST", "/calls/1/disposition", {})
    assert outbox.withdraw(number)
    assert not outbox.withdraw(number)
    assert outbox.send_all() is None
    assert sender.sent == []
    number = outbox.put("POST", "/calls/1/disposition", {})
    sender.outcomes = [Unavailable("answer_lost", "lost")]
    outbox.send_all()
    assert not outbox.withdraw(number)
    work.close()
