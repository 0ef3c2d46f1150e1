"""A full disk harms nothing: writes say so, reads go on, writes resume by themselves (trust.md, promise 11)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.full_disk import WRITERS, live_through

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="neither tmpfs nor limits on files")


def check(seen: dict[str, Any]) -> None:
    assert seen["first"] == "disk_full"
    assert seen["crowd"] == ["disk_full"] * WRITERS
    assert seen["bulk"] == "disk_full"
    for moment in ("readable", "still_readable", "at_the_end"):
        found, saved = seen[moment]
        assert found == saved, moment
    assert seen["chain_while_full"]
    assert seen["again"] == ["saved", "saved"]
    assert (seen["chain"], seen["integrity"], seen["whole"]) == (True, "ok", True)


def test_a_limit_on_files_stops_writes_only(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.full_disk", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB, where the test may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("only root may mount a small disk; the limit on files covers the same")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_file_system_stops_writes_only(small_disk: Path) -> None:
    filler = small_disk / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            all(file.write(bytes(4096)) for _ in range(1_000_000))

    check(live_through(small_disk, fill=fill, free=filler.unlink))
