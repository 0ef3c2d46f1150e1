"""config.py, docs/settings.md and the requirements are what their generators write."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from callmanager.settings import TABLE, load_settings

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_config_py_and_the_settings_page_are_what_the_table_says() -> None:
    done = run("deploy/write_settings.py", "--check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_settings.py"


def test_the_keys_in_the_agents_guide_are_those_of_the_registry() -> None:
    done = run("deploy/write_agents_guide.py", "--check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_agents_guide.py"


def test_config_py_changes_nothing_until_a_line_is_uncommented(tmp_path: Path) -> None:
    shipped = (ROOT / "config.py").read_text("utf-8")
    untouched = load_settings(tmp_path, environ={})
    (tmp_path / "config.py").write_text(shipped, "utf-8")
    assert load_settings(tmp_path, environ={}) == untouched


@pytest.mark.parametrize("name", TABLE)
def test_each_line_of_config_py_can_be_uncommented_and_is_the_default(tmp_path: Path, name: str) -> None:
    shipped = (ROOT / "config.py").read_text("utf-8")
    text, found = re.subn(rf"^# ({name} = .*)$", r"\1", shipped, flags=re.MULTILINE)
    assert found == 1
    untouched = load_settings(tmp_path, environ={})
    (tmp_path / "config.py").write_text(text, "utf-8")
    assert load_settings(tmp_path, environ={}) == untouched


def test_requirements_hold_every_pin_of_pyproject() -> None:
    done = run("deploy/write_requirements.py", "--check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_requirements.py"


def test_every_requirement_is_pinned_and_names_no_source() -> None:
    for name in ("requirements.txt", "deploy/requirements-test.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            text = line.partition("#")[0].strip()
            if text and text != "-r ../requirements.txt":
                assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][\w.]*( ; .+)?", text), f"{name}: {line}"


def test_pyproject_pins_every_library_and_says_why() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    for requirement in project["dependencies"]:
        assert "==" in requirement
        (line,) = [line for line in lines if line.strip().startswith(f'"{requirement}"')]
        assert "#" in line, f"say why: {requirement}"


@pytest.mark.parametrize("name", TABLE)
def test_every_setting_is_used_by_the_program(name: str) -> None:
    table = {"settings.py", "setting_kinds.py", "setting_sources.py"}
    sources = [path for path in (ROOT / "callmanager").rglob("*.py") if path.name not in table]
    assert any(re.search(rf"settings\.{name}\b", path.read_text("utf-8")) for path in sources)
