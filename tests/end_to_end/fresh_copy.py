"""What somebody has who just got the project: the files git would give him, an environment of his own, nothing else."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class FreshCopy:
    """A copy of the project in `folder`, with `python` and `pip` of its own first in the PATH of its commands."""

    folder: Path

    def environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CALLMANAGER_", "PYTHON", "PYTEST_", "COV_", "VIRTUAL_ENV"))
        }
        return {**inherited, "PATH": f"{self.folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def run(self, line: str, *, cwd: str = ".", typed: str = "", expect: int = 0) -> str:
        """Run one line of the documents in a shell and give what it printed."""
        done = subprocess.run(
            line,
            shell=True,
            cwd=self.folder / cwd,
            env=self.environment(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == expect, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def set_in_config(self, **settings: object) -> None:
        """Edit config.py as people do: a line at its end for each setting."""
        path = self.folder / "config.py"
        lines = [line for line in path.read_text("utf-8").splitlines() if line.partition(" =")[0] not in settings]
        lines += [f"{name} = {value!r}" for name, value in settings.items()]
        path.write_text("\n".join(lines) + "\n", "utf-8")

    @contextmanager
    def serving(self, port: int, *command: str, host: str = "127.0.0.1") -> Iterator[str]:
        """`command` (else `python server.py`) while the block lasts, stopped as Ctrl+C stops it; gives its address."""
        with (self.folder / "console.txt").open("ab") as console:
            process = subprocess.Popen(
                command or ("python", "server.py"),
                cwd=self.folder,
                env=self.environment(),
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        try:
            address = f"http://{host}:{port}"
            self._wait_for(address, process)
            yield address
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)

    def _wait_for(self, address: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{address}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError((self.folder / "console.txt").read_text("utf-8"))


def make_fresh_copy(folder: Path) -> FreshCopy:
    """A copy of the project with an environment of its own, in which nothing is installed yet."""
    copy_checkout(folder)
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    return FreshCopy(folder)


def make_installed_copy(folder: Path) -> FreshCopy:
    """A copy whose environment has what its requirements.txt names, in that version, and nothing else.

    The files are those of this environment, linked: that pip finds the same is what a `long` test tells.
    """
    copy_checkout(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (site,) = (folder / ".venv").glob("lib/*/site-packages")
    for line in (folder / "requirements.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            _link_distribution(Requirement(line), site)
    return FreshCopy(folder)


def _link_distribution(wanted: Requirement, site: Path) -> None:
    if wanted.marker is not None and not wanted.marker.evaluate():
        return
    found = importlib.metadata.distribution(wanted.name)
    assert wanted.specifier.contains(found.version), f"{wanted} is wanted, {found.version} is installed"
    for file in found.files or ():
        if ".." not in file.parts:
            place = site / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(Path(str(found.locate_file(file))))


def copy_checkout(folder: Path, *parts: str) -> Path:
    """Copy what git knows of the working tree (of `parts` alone, when given) into `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *parts], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder
