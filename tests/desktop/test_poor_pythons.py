"""The window on a Python that lacks something: the modules that Windows does not have, or Tk."""

import json
import subprocess
import sys
from pathlib import Path

from tests.live_server import ROOT, environment

UNKNOWN_TO_WINDOWS = (
    "fcntl",
    "grp",
    "nis",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
)

IMPORT_ALL = """
import importlib, json, pkgutil, sys
import ssl, selectors, subprocess, tempfile, uuid  # of Python's own, which choose by what the system has
for name in json.loads(sys.argv[1]):
    sys.modules[name] = None
count = 0
for package in ("callmanager.desktop", "callmanager.domain", "callmanager.i18n"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(module.name)
        count += 1
print(count)
"""

WITHOUT_TK = """
import runpy, sys
sys.modules.update({"tkinter": None, "_tkinter": None})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def answer(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def test_no_module_of_the_window_needs_what_windows_lacks() -> None:
    done = answer(IMPORT_ALL, json.dumps(UNKNOWN_TO_WINDOWS))
    assert done.returncode == 0, done.stderr
    modules = [path for path in (ROOT / "callmanager" / "desktop").rglob("*.py") if path.name != "__init__.py"]
    assert int(done.stdout) > len(modules)


def test_a_python_without_tk_gets_a_sentence_that_says_what_to_install(tmp_path: Path) -> None:
    done = answer(WITHOUT_TK, str(ROOT / "client" / "call_manager_app.py"), "--data", str(tmp_path))
    assert done.returncode == 1
    assert "python3-tk" in done.stdout
    assert done.stderr == ""


def test_the_self_test_counts_a_missing_tk_as_a_finding(tmp_path: Path) -> None:
    done = answer(WITHOUT_TK, str(ROOT / "client" / "call_manager_app.py"), "--self-test", "--data", str(tmp_path))
    found = json.loads(done.stdout)
    assert not found["ok"]
    assert found["window"] == {"ok": False, "code": "ModuleNotFoundError"}
    assert found["sentences"]["ok"]
    assert done.returncode == 1
