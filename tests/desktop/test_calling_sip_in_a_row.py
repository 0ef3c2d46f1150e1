"""Many real SIP calls in a row through the models of the window: nothing is left behind, and none gets stuck."""

from __future__ import annotations

import gc
import random
from pathlib import Path

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.softphones import CallState
from callmanager.softphones.baresip import Patience
from tests.desktop.conftest import LiveOffice
from tests.desktop.sip_desk import SipDesk, sip_desk
from tests.softphones.conftest import Laboratory, laboratory  # noqa: F401  # a fixture

pytestmark = pytest.mark.sip

WARM_CALLS = 5
"""After which everything is open that is opened once: threads of pools, connections, files of the store."""
MARGIN = 8
"""More than pools of threads and connections still grow by, and less than one for each of ten calls."""
OUTCOMES = ("NC", "BUZON", "CUELGA")


def resident_mb(process_id: int | str) -> float:
    """Memory of a process."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return round(int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024, 1)


def count(process_id: int | str) -> tuple[int, int]:
    """Threads and open files of a process."""
    folder = Path(f"/proc/{process_id}")
    return len(list((folder / "task").iterdir())), len(list((folder / "fd").iterdir()))


def make_call(desk: SipDesk, contact_id: int, outcome: str) -> int:
    """The whole loop once: dial, talk, hang up, outcome; the id of the call."""
    call_id = desk.dial(contact_id)
    desk.until(lambda: desk.call.current is not None and desk.call.current.state is CallState.CONNECTED)
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.choose(outcome)
    desk.call.save()
    assert desk.call.stage is Stage.PREVIEW, desk.outcome.question
    return call_id


def call_in_a_row(office: LiveOffice, laboratory: Laboratory, calls: int) -> None:  # noqa: F811
    laboratory.start_phone()
    peer = laboratory.start_peer("answers")
    who, mark = f"fila{random.SystemRandom().randrange(10**9)}", random.SystemRandom().randrange(1_000)
    contacts = [office.create(name=f"Fila {n}", phone=f"88{mark:03}{n:03}")["id"] for n in range(calls + WARM_CALLS)]
    processes: dict[str, int | str] = {"here": "self", "server": office.server.process.pid}
    with sip_desk(office, who, laboratory, peer.address, Patience()) as desk:
        for contact_id in contacts[:WARM_CALLS]:
            make_call(desk, contact_id, "NC")
        desk.until(lambda: not desk.waiting)
        gc.collect()
        before = {place: count(process) for place, process in processes.items()}
        memory = {place: [resident_mb(process)] for place, process in processes.items()}
        wanted = {}
        for place, contact_id in enumerate(contacts[WARM_CALLS:]):
            wanted[contact_id] = OUTCOMES[place % len(OUTCOMES)]
            make_call(desk, contact_id, wanted[contact_id])
        desk.until(lambda: not desk.waiting)
        desk.until(lambda: sum(line.what == "BYE" for line in peer.lines()) >= len(contacts))
        gc.collect()
        desk.until(lambda: count("self")[0] <= before["here"][0] + MARGIN)  # timers that were cancelled end soon
        after = {place: count(process) for place, process in processes.items()}
        for place, process in processes.items():
            memory[place].append(resident_mb(process))
        print(f"{calls} calls; threads and files before {before}, after {after}; MB before and after {memory}")
        for place in processes:
            grown = [now - then for now, then in zip(after[place], before[place], strict=True)]
            assert max(grown) <= MARGIN, (before, after)
        check_office(office, desk, wanted)
    assert len({line.call_id for line in peer.lines()}) == len(contacts)
    assert laboratory.process.is_running()


def check_office(office: LiveOffice, desk: SipDesk, wanted: dict[int, str]) -> None:
    """One call of each contact, answered, ended and with its outcome; nobody is held, and the agent is free."""
    for contact_id, code in wanted.items():
        (call,) = office.boss.ask("GET", f"/contacts/{contact_id}/calls").body
        found = (call["state"], call["result"], call["cause"], call["disposition"], call["estimated"])
        assert found == ("ended", "answered", "hung_up_here", code, False)
        contact = office.boss.get_contact(contact_id)
        assert (contact["status"], contact["attempts"]) == (code, 1)
    desk.until(lambda: not any(desk.workplace.held.find(contact_id) for contact_id in wanted))
    assert desk.workplace.store.work.list_refused() == []
    assert desk.calling.unfinished.calls == []
    assert desk.workplace.remote.ask("GET", "/calls", query={"open": "true", "limit": 5}).body == []


def test_ten_calls_in_a_row_leave_nothing_behind(office: LiveOffice, laboratory: Laboratory) -> None:  # noqa: F811
    call_in_a_row(office, laboratory, 10)


@pytest.mark.long
def test_two_hundred_calls_in_a_row_leave_nothing_behind(
    office: LiveOffice,
    laboratory: Laboratory,  # noqa: F811
) -> None:
    call_in_a_row(office, laboratory, 200)
