"""A server of its own, in a process of its own: for a rehearsal of a backup, and for the check of the demo."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from callmanager.cli.this_pc import fetch
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

HOST = "127.0.0.1"
START_SECONDS = 120.0
STOP_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


@contextmanager
def running_server(home: Path, *options: str) -> Iterator[str]:
    """Run `callmanager serve` on a free port of this PC, in `home`; gives its address once it is ready.

    Raises Unavailable when it ends or does not become ready.
    """
    port = free_port()
    command = [sys.executable, "-m", "callmanager", "serve", "--host", HOST, "--port", str(port), *options]
    server = subprocess.Popen(  # noqa: S603  # our own program
        command,
        cwd=home,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # on Windows, to be told to stop alone
    )
    address = f"http://{HOST}:{port}"
    try:
        _wait_until_ready(server, address)
        yield address
    finally:
        _stop(server)


def free_port(first: int = 0) -> int:
    """A port that nobody listens on: the lowest from `first` on, or any."""
    for port in range(first, first + 200) if first else [0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, suppress(OSError):
            if sys.platform != "win32":  # there a port in use would be given as well
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port) if first else (HOST, port))
            return int(probe.getsockname()[1])
    raise Unavailable("no_free_port", N_("No port from %(first)s on is free. Close other programs."), first=first)


def _environment() -> dict[str, str]:
    """This process's, without settings, and with this package where it is."""
    package = str(Path(__file__).resolve().parents[2])
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("CALLMANAGER_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [package, kept.get("PYTHONPATH", "")]))}


def _wait_until_ready(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError):
            if fetch(f"{address}/health/ready", seconds=5).ok:
                return
        time.sleep(_PAUSE_SECONDS)
    raise Unavailable("server_not_ready", N_("The server that was started for this did not become ready."))


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
