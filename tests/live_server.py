"""A real server in a process of its own, for every test that needs sockets, signals or crashes.

    from tests.live_server import start_server

    with start_server(tmp_path, BACKUP_INTERVAL_MINUTES=5) as server:
        requests.get(f"{server.url}/health", timeout=10)
        server.stop()     # in order, as by Ctrl+C or a service manager; returns the exit code
        server.kill()     # as by a power cut: nothing is finished

Each runs in the folder that it is given (contacts.db, backups/, callmanager.log), on a free port of 127.0.0.1, with
cheap password hashes. Leaving the block kills what still runs. They start warm (tests/warm_starts.py) where that can
be; `serve_program` gives the command line of a cold one.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.warm_starts import WarmProcess, WarmStarts

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ATTEMPTS = 3

PROGRAM = """
import json, sys
from pathlib import Path
from callmanager.server.run import serve
from callmanager.settings import load_settings
sys.exit(serve(load_settings(Path(sys.argv[1]), json.loads(sys.argv[2]), {})))
"""


class RunningServer:
    """One process. `url` has no slash at its end; `console` is the file that holds what it printed."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes] | WarmProcess, console: Path) -> None:
        self.folder = folder
        self.port = port
        self.process = process
        self.console = console
        self.url = f"http://127.0.0.1:{port}"

    @property
    def database(self) -> Path:
        return self.folder / "contacts.db"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def log(self) -> str:
        """What callmanager.log holds by now."""
        file = self.folder / "callmanager.log"
        return file.read_text("utf-8") if file.exists() else ""

    def printed(self) -> str:
        """What it has said to the person who started it."""
        return self.console.read_text("utf-8", "replace")

    def ask_to_stop(self) -> None:
        """Send the signal of a service manager, and return at once."""
        self.process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGTERM)

    def stop(self) -> int:
        """Stop in order; returns the exit code."""
        if self.process.poll() is None:
            self.ask_to_stop()
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def start_server(folder: Path, **settings: Any) -> RunningServer:
    """Start a server in `folder` and wait until it answers. Raises AssertionError with what it printed if it does not.

    `settings` are those of config.py. Without SERVER_PORT a free one is taken, and another when that was lost.
    """
    for attempt in range(ATTEMPTS):
        server = launch_server(folder, **settings)
        if is_answering(server):
            return server
        server.kill()
        if "SERVER_PORT" in settings or attempt == ATTEMPTS - 1:
            break
    raise AssertionError(f"the server did not start: {server.printed()}")


def launch_server(folder: Path, **settings: Any) -> RunningServer:
    """Start the process without waiting for anything."""
    port = int(settings.pop("SERVER_PORT", 0)) or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    console = folder / f"console-{port}.txt"
    command = serve_program(folder, SERVER_PORT=port, **settings)
    with console.open("wb") as output:
        return RunningServer(folder, port, _begin(command, output), console)


def _begin(command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes] | WarmProcess:
    if WARM.can_start():
        return WARM.start(*command[command.index("-c") :], output=output)
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=output, stderr=output, creationflags=flags)


def serve_program(folder: Path, **settings: Any) -> list[str]:
    """The command line that serves `folder`."""
    given = {"SERVER_HOST": "127.0.0.1", "BCRYPT_COST": 4, **settings}
    return [sys.executable, "-W", "error", "-c", PROGRAM, str(folder), json.dumps(given)]


def environment() -> dict[str, str]:
    """This process's, without settings of a server, and with the checkout first among the imports."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLMANAGER_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


WARM = WarmStarts(
    "callmanager.server.run", "callmanager.server.storage.sqlite", "callmanager.cli.main", "uvloop", environ=environment
)
"""Of servers, and of the command line (tests/server/cli_program.py)."""


def is_answering(server: RunningServer) -> bool:
    """Wait for the first answer; False when the process ended or took longer than START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        if answers(server.port):
            return True
        time.sleep(0.02)
    return False


def answers(port: int) -> bool:
    """Whether a server on this PC says that it is alive."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def tls_connection(server: RunningServer, *, authority: Path) -> http.client.HTTPSConnection:
    """Not open yet; the certificate of the server must be of `authority`."""
    context = ssl.create_default_context(cafile=str(authority))
    return http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20, context=context)


def first_connection(server: RunningServer, *, authority: Path) -> http.client.HTTPSConnection:
    """Wait for the server, whose certificate must be of `authority`; the connection is open."""
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        connection = tls_connection(server, authority=authority)
        try:
            connection.connect()
        except ConnectionRefusedError:
            connection.close()
            time.sleep(0.02)
        else:
            return connection
    raise AssertionError(server.printed())


def free_port() -> int:
    """A port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
