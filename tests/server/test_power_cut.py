"""An acknowledged change survives a power cut; without FULL it would not (trust.md, promise 2)."""

import random
from pathlib import Path

import pytest

from tests.power_cuts import Call, DiskFile, cut_often, record

pytestmark = pytest.mark.strace

CHECKPOINTED = 60
"""Turns after which SQLite has moved the -wal into the database at least once."""


def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    calls = record(tmp_path, turns=CHECKPOINTED)
    report = cut_often(calls, tmp_path, cuts=60, seed=20261122)
    assert (report.lost, report.broken) == (0, [])
    assert report.acknowledged > 60 * 10


def test_a_checkpoint_is_among_what_was_cut(tmp_path: Path) -> None:
    calls = record(tmp_path, turns=CHECKPOINTED)
    first_note = next(place for place, call in enumerate(calls) if call.name == "notes")
    assert any(call.kind == "write" and call.name == "contacts.db" for call in calls[first_note:])


def test_without_full_synchronisation_acknowledged_changes_are_lost(tmp_path: Path) -> None:
    """The control: were the tool blind, it would find nothing here either."""
    calls = record(tmp_path, turns=30, mode="NORMAL")
    report = cut_often(calls, tmp_path, cuts=20, seed=20261122)
    assert report.lost > 0


@pytest.mark.long
def test_nothing_acknowledged_is_lost_over_a_thousand_cuts(tmp_path: Path) -> None:
    report = cut_often(record(tmp_path, turns=150), tmp_path, cuts=1_000, seed=20261122)
    assert (report.lost, report.broken) == (0, [])


def test_a_disk_keeps_what_was_synced_and_may_lose_the_rest() -> None:

    file = DiskFile()
    for call in (
        Call("write", "a", b"sure"),
        Call("sync", "a"),
        Call("write", "a", b"may", 4),
        Call("cut", "a", place=2),
    ):
        file.take(call)
    found = {file.after_cut(random.Random(seed)) for seed in range(200)}
    assert {b"sure", b"su", b"suremay"} <= found
    assert all(one.startswith(b"su") for one in found)
