"""A test that needs a program skips with the install line, and fails where everything is required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TEST = "import pytest\n\n@pytest.mark.strace\ndef test_it():\n    pass\n"


def outcome(tmp_path: Path, **environ: str) -> str:
    """What pytest says of a test that needs strace where there is none."""
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = strace: needs strace\naddopts = -rs\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CALLMANAGER_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=tmp_path,
        env={**clean, "PATH": "", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="an empty PATH means something else there")
def test_a_missing_program_skips_with_its_install_line(tmp_path: Path) -> None:
    said = outcome(tmp_path)
    assert "1 skipped" in said
    assert "apt-get install strace" in said


@pytest.mark.skipif(sys.platform == "win32", reason="an empty PATH means something else there")
def test_a_missing_program_fails_where_everything_is_required(tmp_path: Path) -> None:
    said = outcome(tmp_path, CALLMANAGER_REQUIRE_ALL="1")
    assert "1 error" in said
    assert "skipped" not in said
    assert "apt-get install strace" in said
