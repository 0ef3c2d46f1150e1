"""More clients than a shell grants open files: the server asks the system for all that it may have."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live_server import ROOT, RunningServer, answers, environment, free_port, is_answering, serve_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")

GRANTED = 64
CLIENTS = 200


def test_clients_beyond_the_first_limit_of_open_files_are_answered(tmp_path: Path) -> None:
    port, console = free_port(), tmp_path / "console.txt"
    limited = ["sh", "-c", f'ulimit -Sn {GRANTED} && exec "$@"', "sh", *serve_program(tmp_path, SERVER_PORT=port)]
    with console.open("wb") as output:
        process = subprocess.Popen(limited, cwd=ROOT, env=environment(), stdout=output, stderr=output)
    with RunningServer(tmp_path, port, process, console) as server, ExitStack() as connections:
        assert is_answering(server), server.printed()
        for _ in range(CLIENTS):
            connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        assert answers(port)
