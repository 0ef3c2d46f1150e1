"""F3: of calls by chance, by many at once, to contacts that share lines none passes a limit or a prohibition.

In full size: bench/proofs/limits.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.desktop.conftest import open_office
from tests.random_offices import SETTINGS, RandomOffice, open_random_office, over_sockets, tell

CLIENTS, MANAGERS, ATTEMPTS, SECONDS = 5, 2, 300, 30


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RandomOffice]:
    """One after so many attempts to call, over HTTP to a server of its own."""
    folder: Path = tmp_path_factory.mktemp("random") / "office"
    with open_office(folder, **SETTINGS) as live, over_sockets(live.server.port) as ask:
        boss, database = live.keys["boss"], live.server.database
        opened = open_random_office(
            ask, boss, database, lambda: datetime.now(UTC), agents=CLIENTS, managers=MANAGERS, seed=11
        )
        opened.clients[-1].call_whom_a_list_let_go("8830-0001")
        opened.work(ATTEMPTS, SECONDS)
        yield opened


def test_no_call_by_chance_passes_a_limit_or_a_prohibition(office: RandomOffice) -> None:
    verdict = office.judged()
    assert not verdict.broken, tell(office, verdict)
    assert verdict.calls > ATTEMPTS / 20, tell(office, verdict)
    done = " ".join(office.book.done)
    assert all(what in done for what in ("refused: call_limit", "refused: do_not_call", "called with a reason")), done


def test_the_judge_finds_calls_that_other_limits_would_have_forbidden(office: RandomOffice) -> None:
    """So that it would have found those that pass the office's own."""
    found = office.controls()
    assert min(found[rule] for rule in ("per day", "prohibited line")) > 0, found
