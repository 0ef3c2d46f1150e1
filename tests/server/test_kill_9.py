"""An acknowledged change survives kill -9, and is there exactly once (trust.md, promise 1)."""

import sys
from pathlib import Path

import pytest

from tests.crashes import CrashReport, kill_loop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the writer forks; Windows has no kill -9")


def check(report: CrashReport) -> None:
    assert (report.lost, report.doubled, report.chain_ok, report.integrity) == (0, 0, True, "ok")


def test_nothing_acknowledged_is_lost_over_ten_kills(tmp_path: Path) -> None:
    report = kill_loop(tmp_path, kills=10, threads=8, most=60, seed=20261122)
    check(report)
    assert report.acknowledged >= 10 * 8


@pytest.mark.long
def test_nothing_acknowledged_is_lost_over_two_hundred_kills(tmp_path: Path) -> None:
    report = kill_loop(tmp_path, kills=200, threads=16, most=1_000, seed=20261122)
    check(report)
    assert report.acknowledged >= 50_000
