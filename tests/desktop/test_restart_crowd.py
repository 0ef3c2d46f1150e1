"""A whole office reconnects after a restart: spread over time, by the feed, each with one question at a time."""

from pathlib import Path

import pytest

from tests.restarts import Outage, suffer

FEW = {"clients": 40, "processes": 2, "contacts": 300, "page_limit": 100}


@pytest.mark.parametrize("orderly", [True, False], ids=["stopped", "killed"])
def test_after_a_restart_all_catch_up_from_the_feed_and_nobody_loads_everything(
    tmp_path: Path, *, orderly: bool
) -> None:
    back = suffer(tmp_path, Outage(**FEW, orderly=orderly))
    assert len(back.synced) == FEW["clients"]
    assert back.synced[-1] < 10
    assert back.snapshots.total() == 0
    assert back.largest_page <= 1
    assert back.overlapping == 0
    assert back.most_attempts < FEW["clients"] / 2, "they come at one instant"


def test_after_a_restored_backup_each_loads_everything_once_in_pages_of_bounded_size(tmp_path: Path) -> None:
    back = suffer(tmp_path, Outage(**FEW, restored=True))
    assert len(back.synced) == FEW["clients"]
    assert set(back.snapshots.values()) == {1}
    assert back.largest_page <= FEW["page_limit"]
    assert back.overlapping == 0
    assert max(back.pages.values()) <= 7
