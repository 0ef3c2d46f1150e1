"""How a program starts its bridge, from whichever folder it runs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from callmanager.softphones.interphone.driver import bridge_command
from tests.live_server import environment


def test_a_bridge_starts_in_a_folder_where_the_package_is_not_found(tmp_path: Path) -> None:
    environ = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    command = bridge_command(f"lab:{tmp_path}")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, **pipes) as bridge:
        assert bridge.stdout
        assert bridge.stderr
        said = bridge.stdout.readline()
        assert said, bridge.stderr.read().decode()
        bridge.communicate(timeout=60)
    assert json.loads(said) == {"event": "ready", "adapter": "lab"}
