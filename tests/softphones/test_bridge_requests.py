"""What the bridge's process answers on its pipes: one that is asked nonsense, and one whose window is gone, ends."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from callmanager.softphones.interphone.serving import MOST_LINE_BYTES
from tests.live_server import ROOT, environment
from tests.softphones.stands import memory_bridge, read_lines


def started_bridge(*command: str) -> subprocess.Popen[bytes]:
    bridge = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=ROOT)
    assert bridge.stdout
    assert json.loads(bridge.stdout.readline())["event"] == "ready"
    return bridge


@pytest.mark.parametrize("oddity", ["", "hang:look"])
def test_a_bridge_ends_when_its_window_is_gone(tmp_path: Path, oddity: str) -> None:
    bridge = started_bridge(*memory_bridge(tmp_path / "log", oddity))
    assert bridge.stdin
    bridge.stdin.write(b'{"id": 1, "ask": "probe"}\n')
    bridge.stdin.close()
    assert bridge.wait(10) == 0
    assert bridge.stdout
    bridge.stdout.close()


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"x" * (MOST_LINE_BYTES + 2) + b"\n", b"[" * 60_000 + b"\n"])
def test_a_request_that_is_none_ends_the_bridge(tmp_path: Path, line: bytes) -> None:
    with started_bridge(*memory_bridge(tmp_path / "log")) as bridge:
        bridge.communicate(line, timeout=10)
        assert bridge.returncode == 2


def test_a_request_that_is_not_known_is_refused_and_the_next_one_answered(tmp_path: Path) -> None:
    with started_bridge(*memory_bridge(tmp_path / "log")) as bridge:
        assert bridge.stdin
        assert bridge.stdout
        bridge.stdin.write(
            b'{"id": 1, "ask": "shell"}\n{"id": 2, "ask": "dial", "number": "+1;x"}\n{"id": 3, "ask": "probe"}\n'
        )
        bridge.stdin.flush()
        answers = [json.loads(bridge.stdout.readline()) for _ in range(3)]
        assert [answer.get("error", {}).get("code") for answer in answers] == [
            "bridge_request",
            "number_not_dialable",
            None,
        ]
        bridge.stdin.close()
    assert read_lines(tmp_path / "log") == []
