"""The launchers are shims: short, and of use on a bare Python."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MOST_LINES_OF_A_LAUNCHER = 20  # three processes without Tk begin in the window's one program


def test_the_servers_launcher_is_a_shim() -> None:
    assert len((ROOT / "server.py").read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_LAUNCHER


def test_the_example_of_the_client_holds_the_two_documented_names() -> None:
    example = json.loads((ROOT / "client" / "config_local.example.json").read_text("utf-8"))
    assert set(example) == {"SERVER_URL", "API_KEY"}
    assert example["API_KEY"] == ""


def test_the_clients_launcher_is_a_shim_that_finds_the_package_from_its_own_folder(tmp_path: Path) -> None:
    launcher = ROOT / "client" / "call_manager_app.py"
    assert len(launcher.read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_LAUNCHER
    done = subprocess.run(
        [sys.executable, "-I", str(launcher), "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("CallManager ")


def test_the_server_starts_in_its_own_folder_whatever_the_current_one_is(tmp_path: Path) -> None:
    home = tmp_path / "CallManager"
    (home / "callmanager" / "cli").mkdir(parents=True)
    (home / "server.py").write_bytes((ROOT / "server.py").read_bytes())
    (home / "callmanager" / "cli" / "main.py").write_text(
        "import os\ndef main(argv):\n    print(os.getcwd(), argv)\n    return 3\n"
    )
    done = subprocess.run(
        [sys.executable, str(home / "server.py"), "--x"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == f"{home.resolve()} ['serve', '--x']"
    assert done.returncode == 3
