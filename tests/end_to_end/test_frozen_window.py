"""The window as a program without Python: the documented line in client/, and the recommended folder of deploy/.

Built from a copy of what git holds, so that nothing of the checkout (an installed package, old builds) can help. To
build takes a minute: `make prove` does it, and `make windows` for Windows. The usual run looks at what PyInstaller is
told.
"""

import importlib.metadata
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.fresh_copy import copy_checkout
from tests.end_to_end.shown_program import check_contacts_are_shown
from tests.hidden_screens import open_screen
from tests.live_server import environment
from tests.server.live_office import LiveOffice

LINE = "pyinstaller --noconfirm --onefile --windowed --name CallManager call_manager_app.py"
BUILD_SECONDS = 900


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("office"))
    yield opened
    opened.server.kill()


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with open_screen("1400x900", with_hands=True) as name:
        yield name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "copy", "callmanager", "client", "deploy")


def build(command: str | list[str], folder: Path) -> None:
    """Run a line where this Python's programs are found, and nothing knows where the checkout is."""
    clean = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    found_first = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env={**clean, **found_first, "PYINSTALLER_CONFIG_DIR": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def check_program(program: Path, office: LiveOffice, screen: str, folder: Path) -> None:
    """It tests itself, speaks Spanish, and shows contacts."""
    report = folder / "report.json"
    folder.mkdir()
    shown = {**environment(), "DISPLAY": screen}
    arguments = ["--self-test", str(report), "--data", str(folder), "--server", office.url]
    subprocess.run([program, *arguments], env=shown, timeout=120, check=True)
    found = json.loads(report.read_text("utf-8"))
    assert found["ok"]
    assert found["is_frozen"]
    assert found["sentences"]["es"] == "Entrar"
    check_contacts_are_shown([str(program), "--data", str(folder)], office, screen)
    assert not (folder / "crash.log").exists()


@pytest.mark.long
def test_the_documented_line_makes_a_program_that_signs_in_and_shows_contacts(
    copy: Path, office: LiveOffice, screen: str
) -> None:
    build(LINE, copy / "client")
    check_program(copy / "client" / "dist" / "CallManager", office, screen, copy / "kept")


@pytest.mark.long
def test_the_recommended_folder_signs_in_and_shows_contacts(copy: Path, office: LiveOffice, screen: str) -> None:
    build([sys.executable, "deploy/build_window.py"], copy)
    built = copy / "dist" / "CallManager"
    assert (built / "config_local.example.json").exists()
    check_program(built / "CallManager", office, screen, copy / "kept")


# --- what PyInstaller is told, since it does not see it in the source

ROOT = Path(__file__).resolve().parents[2]
FREEZING = ROOT / "client" / "freezing"
OF_THE_WINDOW = ("desktop", "domain", "i18n", "softphones")
BY_NAME = re.compile(r"import_module\(|__import__\(|find_spec\(|run_module\(")


def files_of_the_window(pattern: str) -> set[Path]:
    return {path for part in OF_THE_WINDOW for path in (ROOT / "callmanager" / part).rglob(pattern) if path.is_file()}


def test_every_file_that_the_window_reads_goes_into_the_program() -> None:
    given = {(Path(file), folder) for file, folder in runpy.run_path(str(FREEZING / "hook-callmanager.py"))["datas"]}
    read = {path for path in files_of_the_window("*") if path.suffix not in (".py", ".pyc", ".po")}
    assert len(read) > 1
    assert given == {(path, str(path.parent.relative_to(ROOT))) for path in read}


def test_no_part_of_the_window_is_loaded_by_a_name_that_the_source_does_not_import() -> None:
    assert [path for path in files_of_the_window("*.py") if BY_NAME.search(path.read_text("utf-8"))] == []


def test_the_numbering_plans_which_are_loaded_by_name_go_into_the_program() -> None:
    hidden = set(runpy.run_path(str(FREEZING / "hook-phonenumbers.py"))["hiddenimports"])
    assert {
        "phonenumbers.data.region_CR",
        "phonenumbers.data.alt_format_255",
        "phonenumbers.shortdata.region_CR",
    } <= hidden


def test_the_documented_line_finds_the_hooks_beside_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "client"))
    found = importlib.metadata.entry_points(group="pyinstaller40", name="hook-dirs")
    (ours,) = (entry for entry in found if entry.value.startswith("freezing:"))
    assert ours.load()() == [str(FREEZING)]
