"""Clients behind a network that loses, doubles, delays, resets, swallows and half dies end equal to the server."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.faults.storm import Findings, Size, Storm

if sys.platform != "win32":
    import resource

SMALL = Size(
    sessions=16,
    programs=1,
    hired=0,
    mildness=1,
    each_fault=3,
    works=120,
    rounds=15,
    pause=0.01,
    imported=300,
    timeouts=2.0,
    quickness=10.0,
    storm_seconds=240.0,
    calm_seconds=120.0,
    careless=12,
    last_word=True,
)
FULL = Size(
    sessions=1_000,
    programs=8,
    hired=40,
    mildness=6,
    each_fault=100,
    works=80,
    rounds=12,
    pause=1.5,
    imported=400,
    timeouts=None,
    quickness=1.0,
    storm_seconds=600.0,
    calm_seconds=300.0,
    careless=24,
)


def raise_file_limit() -> None:
    """A thousand clients and a proxy need more files than a shell grants at first."""
    if sys.platform != "win32":
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def report(found: Findings, size: Size) -> None:
    """The figures of a play."""
    print(f"\n{size.sessions} clients equal to the server {found.seconds:.1f} s after the last fault")
    for name, counts in (("faults", found.faults), ("clients", found.did), ("office", found.work)):
        print(f"{name}: " + ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
    print(f"outbox: lost {found.outbox['lost']}, double {found.outbox['double']}; ", end="")
    print(f"controls: {found.fooled} of {size.careless} careless replicas unequal, {found.keyless_double} double")


@pytest.mark.parametrize("size", [SMALL, pytest.param(FULL, marks=pytest.mark.long)], ids=["small", "long"])
def test_every_replica_equals_the_servers_answer(
    tmp_path: Path, size: Size, capsys: pytest.CaptureFixture[str]
) -> None:
    raise_file_limit()
    with Storm(tmp_path, size, seed=7) as storm:
        found = storm.play()
    with capsys.disabled() if size is FULL else nullcontext():
        report(found, size)
    assert found.late == []
    assert found.did["died"] == 0
    assert found.unequal == {}
    assert (found.outbox["lost"], found.outbox["double"], found.outbox_refused) == (0, 0, [])
    assert found.fooled > 0, "the comparison sees a client that ignores gaps"
    assert found.keyless_double > 0, "the count sees work that was done twice"
