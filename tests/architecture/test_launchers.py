"""The launchers are shims: short, and of use on a bare Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MOST_LINES_OF_A_LAUNCHER = 15


def test_the_servers_launcher_is_a_shim() -> None:
    assert len((ROOT / "server.py").read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_LAUNCHER


def test_the_example_of_the_client_holds_the_two_documented_names() -> None:
    example = json.loads((ROOT / "client" / "config_local.example.json").read_text("utf-8"))
    assert set(example) == {"SERVER_URL", "API_KEY"}
    assert example["API_KEY"] == ""


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A folder with only the client in it, as on an agent's PC."""
    (tmp_path / "call_manager_app.py").write_bytes((ROOT / "client" / "call_manager_app.py").read_bytes())
    return tmp_path


def said(client: Path, **environ: str) -> str:
    """What the client says on a terminal without a display."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("CALLMANAGER_", "DISPLAY"))}
    done = subprocess.run(
        [sys.executable, "-I", "call_manager_app.py"],
        cwd=client,
        env={**mine, "PYTHONUTF8": "1", **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there it opens a window")
def test_the_client_says_which_server_is_configured_and_the_environment_wins(client: Path) -> None:
    assert "config_local.example.json" in said(client)
    (client / "config_local.json").write_text('{"SERVER_URL": "http://pc-1:5000", "API_KEY": ""}', "utf-8")
    assert "http://pc-1:5000" in said(client)
    assert "http://pc-2:5000" in said(client, CALLMANAGER_SERVER_URL="http://pc-2:5000")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there it opens a window")
@pytest.mark.parametrize("text", ["{", '{"SERVER_URL": 5}', "\xff\xfe"])
def test_a_damaged_client_configuration_is_explained(client: Path, text: str) -> None:
    (client / "config_local.json").write_bytes(text.encode("latin-1"))
    assert "config_local.json" in said(client)


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
