"""The bridge as a process: ended when it hangs, replaced when it dies, and whatever it says, nothing is claimed."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.softphones import CallState, Confidence, EndCause, HealthState
from callmanager.softphones.interphone import keeping
from callmanager.softphones.interphone.bridge_process import BridgeProcess
from callmanager.softphones.interphone.driver import InterPhoneSoftphone
from callmanager.softphones.interphone.profile import default_profile
from callmanager.softphones.refusals import phone_starting
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.softphones.phone_events import Heard
from tests.softphones.stands import memory_bridge, read_lines

NUMBER = "51234567"
LIMIT_SECONDS = 2.0
REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState

SPEAKER = """\
import sys, time
print({ready!r}, flush=True)
for line in sys.stdin:
    print({said!r}, flush=True)
"""

LATE = """\
import sys, time
time.sleep(3.2)
print('{"event": "ready"}', flush=True)
for line in sys.stdin:
    number = line.split('"id": ')[1].split(",")[0]
    print('{"id": %s, "ok": {}}' % number, flush=True)
"""


class Pc:
    """A driver on a bridge of the test's choice, and what its phone dialled."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.log = folder / "dialled.txt"
        self.heard = Heard()
        self._stack = stack

    def driver(self, *command: str, limit: float = LIMIT_SECONDS) -> InterPhoneSoftphone:
        driver = InterPhoneSoftphone(
            SystemClock(), self.heard, ThreadTimers(), default_profile(), command=command, limit=limit
        )
        self._stack.callback(driver.close)
        return driver

    def with_phone(self, *oddities: str, limit: float = LIMIT_SECONDS) -> InterPhoneSoftphone:
        """Its bridge has started, as the window's first look would have made it."""
        driver = self.driver(*memory_bridge(self.log, *oddities), limit=limit)
        await_start(driver)
        return driver

    def with_speaker(self, said: str, ready: str = '{"event": "ready"}') -> InterPhoneSoftphone:
        script = self.folder / "speaker.py"
        script.write_text(SPEAKER.format(ready=ready, said=said))
        return self.driver(sys.executable, str(script), limit=1.0)

    @property
    def dialled(self) -> list[str]:
        return read_lines(self.log)


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Pc]:
    with ExitStack() as stack:
        yield Pc(tmp_path, stack)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(CallManagerError) as refused:
        act()
    return refused.value.code


def warm_up(driver: InterPhoneSoftphone) -> None:
    """Let the process start, on however busy a machine, before its answers are timed."""
    while driver.probe().state is not HealthState.READY:
        time.sleep(0.02)


def await_start(driver: InterPhoneSoftphone) -> None:
    while driver.probe().is_starting:
        time.sleep(0.02)


def dialled_when_started(driver: InterPhoneSoftphone, call_id: str) -> str:
    """Dial, on a machine that is busy with other things once more when the bridge is there; which call that was."""
    try:
        driver.dial(call_id, NUMBER)
    except CallManagerError as error:
        refused = error.code
    else:
        return call_id
    assert refused == "phone_starting"
    await_start(driver)
    driver.dial(f"{call_id}-again", NUMBER)
    return f"{call_id}-again"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_bridge_that_hangs_before_the_button_is_ended_and_nothing_was_dialled(pc: Pc) -> None:
    driver = pc.with_phone("hang:set")
    warm_up(driver)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "phone_silent"
    assert pc.heard.ending("a") is EndCause.FAILED
    assert driver.bridge_pid is None
    assert pc.dialled == []


def test_a_bridge_that_hangs_at_the_button_is_ended_and_the_call_may_be_up(pc: Pc) -> None:
    driver = pc.with_phone("hang:pressed")
    warm_up(driver)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "dial_unconfirmed"
    assert pc.heard.states("a") == [REQUESTED]
    assert pc.dialled == [NUMBER]
    driver.close_by_hand("a")
    assert pc.heard.ending("a") is EndCause.UNCONFIRMED


def test_a_hung_bridge_is_gone_when_its_limit_has_passed(pc: Pc) -> None:
    driver = pc.with_phone("hang:look")
    assert driver.bridge_pid is None
    assert driver.probe().state is HealthState.UNKNOWN


def test_a_bridge_that_starts_slowly_is_let_be_and_used_when_it_is_there(pc: Pc) -> None:
    gate = pc.folder / "gate"
    driver = pc.driver(*memory_bridge(pc.log, f"starts:{gate}"))
    for _ in range(2):
        health = driver.probe()
        assert (health.state, health.is_starting) == (HealthState.UNKNOWN, True)
        assert health.detail == phone_starting().message
    pid = driver.bridge_pid
    assert pid
    assert refusal(lambda: driver.dial("a", NUMBER)) == "phone_starting"
    assert pc.heard.ending("a") is EndCause.FAILED
    gate.touch()
    warm_up(driver)
    assert driver.bridge_pid == pid
    assert pc.dialled == []


def test_a_bridge_that_never_starts_is_told_in_words_and_the_next_one_gets_longer(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "START_SECONDS", 0.2)
    gate = pc.folder / "gate"
    driver = pc.driver(*memory_bridge(pc.log, f"starts:{gate}"), limit=0.3)
    assert "callmanager doctor phone" in driver.probe().detail
    assert driver.bridge_pid is None
    assert driver.probe().is_starting
    gate.touch()
    warm_up(driver)


def test_a_bridge_that_is_ready_too_late_for_the_request_is_not_ended_for_that(pc: Pc) -> None:
    script = pc.folder / "late.py"
    script.write_text(LATE)
    driver = pc.driver(sys.executable, str(script), limit=4.0)
    assert driver.probe().is_starting
    pid = driver.bridge_pid
    await_start(driver)
    assert driver.bridge_pid == pid


def test_a_bridge_that_dies_at_the_button_may_have_dialled(pc: Pc) -> None:
    driver = pc.with_phone("die:press", limit=8.0)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "dial_unconfirmed"
    assert ENDED not in pc.heard.states("a")
    assert pc.dialled == [NUMBER]


def test_a_killed_bridge_is_replaced_for_the_next_call(pc: Pc) -> None:
    driver = pc.with_phone(limit=8.0)
    assert driver.probe().state is HealthState.READY
    for call_id in ("a", "b", "c"):
        assert driver.bridge_pid
        os.kill(driver.bridge_pid, signal.SIGKILL)
        driver.close_by_hand(dialled_when_started(driver, call_id))
    assert pc.dialled == [NUMBER] * 3


def test_a_bridge_that_dies_while_it_is_looked_at_is_replaced(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = pc.with_phone(limit=8.0)
    first, is_up = driver.bridge_pid, BridgeProcess.is_up.fget
    assert first
    assert is_up

    def look(process: BridgeProcess) -> bool:
        """It dies as soon as it has been found to be up."""
        found: bool = is_up(process)
        if found and process.pid == first:
            os.kill(first, signal.SIGKILL)
            process._reader.join()
        return found

    monkeypatch.setattr(BridgeProcess, "is_up", property(look))
    driver.close_by_hand(dialled_when_started(driver, "a"))
    assert driver.bridge_pid != first
    assert pc.dialled == [NUMBER]


def test_a_field_that_loses_a_digit_is_never_dialled_from(pc: Pc) -> None:
    driver = pc.with_phone("loses", limit=8.0)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "phone_misread"
    assert pc.heard.states("a") == [REQUESTED, ENDED]
    assert pc.dialled == []


def test_a_dial_that_does_not_show_is_unconfirmed_and_stays_open(pc: Pc) -> None:
    driver = pc.with_phone("silent", limit=8.0)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "dial_unconfirmed"
    assert pc.heard.states("a") == [REQUESTED]


def test_the_end_that_the_window_shows_is_observed(pc: Pc) -> None:
    driver = pc.with_phone("leaves", limit=8.0)
    driver.dial("a", NUMBER)
    ended = pc.heard.wait("a", ENDED)
    assert (ended.cause, ended.confidence) == (EndCause.HUNG_UP, Confidence.OBSERVED)


def test_what_a_library_prints_is_no_answer(pc: Pc) -> None:
    driver = pc.with_phone("prints", "silent", limit=8.0)
    assert driver.probe().state is HealthState.READY
    assert refusal(lambda: driver.dial("a", NUMBER)) == "dial_unconfirmed"


@pytest.mark.parametrize(
    "said",
    [
        "garbage",
        "{}",
        "[1]",
        "null",
        '{"id": 99, "ok": {"confirmed": true}}',
        '{"event": "sight", "call": "a", "window": "here", "up": true}',
    ],
)
def test_a_bridge_that_talks_nonsense_is_not_believed(pc: Pc, said: str) -> None:
    driver = pc.with_speaker(said)
    assert driver.probe().state is HealthState.UNKNOWN
    assert refusal(lambda: driver.dial("a", NUMBER)) in {"phone_silent", "phone_starting"}
    assert pc.heard.states("a")[-1] is ENDED


@pytest.mark.parametrize("answer", ['"ok": true', '"ok": null', '"ok": {}', '"ok": {"confirmed": "yes"}', '"error": 5'])
def test_an_answer_of_another_form_confirms_nothing(pc: Pc, answer: str) -> None:
    script = pc.folder / "odd.py"
    script.write_text(
        'import json, sys\nprint(\'{"event": "ready"}\', flush=True)\n'
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        f"    body = '\"ok\": null' if asked['ask'] == 'open' else {answer!r}\n"
        "    print('{\"id\": %d, %s}' % (asked.get('id', 0), body), flush=True)\n"
    )
    driver = pc.driver(sys.executable, str(script))
    await_start(driver)
    assert refusal(lambda: driver.dial("a", NUMBER)) in {"dial_unconfirmed", "phone_bridge"}
    assert DIALING not in pc.heard.states("a")


def test_a_flood_of_garbage_ends_the_bridge(pc: Pc) -> None:
    driver = pc.driver(sys.executable, "-c", "while True: print('x' * 1000)")
    assert driver.probe().state is HealthState.UNKNOWN
    assert driver.bridge_pid is None


@pytest.mark.parametrize("command", [("/nowhere/bridge",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_a_bridge_that_does_not_start_is_told_in_words(pc: Pc, command: tuple[str, ...]) -> None:
    driver = pc.driver(*command)
    assert "callmanager doctor phone" in driver.probe().detail
    assert refusal(lambda: driver.dial("a", NUMBER)) == "phone_bridge"


def test_one_request_at_a_time(pc: Pc) -> None:
    driver = pc.with_phone(limit=8.0)
    found: list[HealthState] = []
    threads = [threading.Thread(target=lambda: found.append(driver.probe().state)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [HealthState.READY] * 8


def test_closing_the_phone_ends_its_bridge(pc: Pc) -> None:
    driver = pc.with_phone(limit=8.0)
    driver.probe()
    pid = driver.bridge_pid
    assert pid
    assert is_alive(pid)
    driver.close()
    assert not is_alive(pid)
    assert refusal(lambda: driver.dial("a", NUMBER)) == "phone_bridge"


def open_files() -> int:
    gc.collect()  # what tests before have left is not closed between two counts
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(sys.platform == "win32", reason="counts open files as Linux shows them")
def test_two_hundred_calls_leave_nothing_behind(pc: Pc) -> None:
    driver = pc.with_phone(limit=8.0)
    driver.probe()
    threads, files, pid = threading.active_count(), open_files(), driver.bridge_pid
    for number in range(200):
        driver.dial(f"call-{number}", NUMBER)
        driver.hang_up(f"call-{number}")
        assert pc.heard.ending(f"call-{number}") is EndCause.HUNG_UP_HERE
    assert pc.dialled == [NUMBER] * 200
    assert driver.bridge_pid == pid
    until = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < until:
        time.sleep(0.02)
    assert (threading.active_count(), open_files()) == (threads, files)


def test_bridges_that_die_leave_no_threads_or_files(pc: Pc) -> None:
    before = threading.active_count(), open_files()
    driver = pc.with_phone("die:press", limit=8.0)
    for number in range(5):
        await_start(driver)
        assert refusal(lambda: driver.dial(f"call-{number}", NUMBER)) == "dial_unconfirmed"  # noqa: B023
        driver.close_by_hand(f"call-{number}")
    driver.close()
    until = time.monotonic() + 10
    while (threading.active_count(), open_files()) != before and time.monotonic() < until:
        time.sleep(0.02)
    assert (threading.active_count(), open_files()) == before
