"""Programs that start warm: forked from a process that has imported their libraries already.

A server takes nearly two seconds of a processor to import what it needs and a tenth of one for all the rest of its
start, and the tests start hundreds. What was imported is all that the programs share: each is a process of its own,
with its own files and environment, and ends as any other does. Tests of the start itself begin cold (`Popen`).

    WARM = WarmStarts("callmanager.cli.main", environ=environment)
    process = WARM.start("-m", "callmanager", "--version", cwd=folder, output=file)
    code, out, err = WARM.run("-m", "callmanager", "--version")
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
IS_HERE = hasattr(os, "fork") and hasattr(socket, "send_fds")
LOOK_SECONDS = 0.005
MOST_BYTES = 1_000_000


class WarmProcess:
    """What `subprocess.Popen` gives of a process: its end, its exit code, and signals to it."""

    def __init__(self, pid: int, ask: Callable[..., Any], args: list[str]) -> None:
        self.pid, self.args = pid, args
        self.returncode: int | None = None
        self._ask = ask

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None:
            self.returncode = self._ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises TimeoutExpired."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            time.sleep(LOOK_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Said(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


class WarmStarts:
    """Starts programs from one process that imports `modules`; it begins with the first of them.

    A function of a module is called there too, when it is named: "module:function".

    `environ` tells the environment of a program that starts now. A change of what a program reads before it runs
    (LD_PRELOAD, PYTHON..., TZ) cannot reach it any more: `can_start` says so.
    """

    def __init__(self, *modules: str, environ: Callable[[], Mapping[str, str]]) -> None:
        self._modules, self._environ = modules, environ
        self._lock = threading.Lock()
        self._door: socket.socket | None = None
        self._early = _early(environ())

    def can_start(self) -> bool:
        return IS_HERE and self._early == _early(self._environ())

    def start(
        self,
        *argv: str,
        output: IO[bytes],
        errors: IO[bytes] | None = None,
        given: IO[bytes] | None = None,
        cwd: Path = ROOT,
        more: Mapping[str, str] | None = None,
    ) -> WarmProcess:
        """A program by the arguments that follow `python`: `-c text ...` or `-m module ...`.

        `given` is its input, `more` is added to its environment.
        """
        mask = os.umask(0o077)
        os.umask(mask)
        asked = {"argv": argv, "cwd": str(cwd), "environ": {**self._environ(), **(more or {})}, "umask": mask}
        files = [output.fileno(), (errors or output).fileno(), *([given.fileno()] if given else [])]
        pid = self._ask(asked, files)
        return WarmProcess(pid, self._ask, [sys.executable, *argv])

    def run(self, *argv: str, given: str = "", cwd: Path = ROOT, seconds: float = 180.0) -> Said:
        """A program to its end. Raises TimeoutExpired."""
        with TemporaryFile() as file, TemporaryFile() as output, TemporaryFile() as errors:
            file.write(given.encode())
            file.seek(0)
            process = self.start(*argv, cwd=cwd, given=file, output=output, errors=errors)
            try:
                code = process.wait(seconds)
            finally:
                process.kill()
            output.seek(0)
            errors.seek(0)
            return Said(code, output.read().decode(), errors.read().decode())

    def _ask(self, asked: dict[str, Any], files: list[int] | None = None) -> Any:
        with self._lock:
            door = self._door or self._open()
            socket.send_fds(door, [json.dumps(asked).encode()], files or [])
            answer = door.recv(MOST_BYTES)
        assert answer, "the process that starts others is gone"
        return json.loads(answer)

    def _open(self) -> socket.socket:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-W", "error", "-m", "tests.warm_starts", str(theirs.fileno()), *self._modules]
        with theirs:
            process = subprocess.Popen(
                command, cwd=ROOT, env=dict(self._environ()), stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )
        atexit.register(_close, self._door, process)
        return self._door


def _close(door: socket.socket, process: subprocess.Popen[bytes]) -> None:
    door.close()
    process.wait()


def _early(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program reads before a line of it runs. LANGUAGE is not: gettext looks when something is said."""
    names = ("FAKETIME", "LC_", "LD_", "PYTHON")
    return {name: value for name, value in environ.items() if name in ("LANG", "TZ") or name.startswith(names)}


def stand_by(door: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Start what is asked for, and tell how it ended. Returns twice: in each program that begins what it is and its
    files; here None, when nobody asks any more and nothing runs.
    """
    running: dict[int, int | None] = {}
    while True:
        text, files, _flags, _address = socket.recv_fds(door, MOST_BYTES, 3)
        if not text:
            break
        asked = json.loads(text)
        if "ended" in asked:
            door.send(json.dumps(_exit_code(asked["ended"], running)).encode())
            continue
        if (pid := os.fork()) == 0:
            return asked, files
        running[pid] = None
        for file in files:
            os.close(file)
        door.send(json.dumps(pid).encode())
    for pid, code in running.items():
        if code is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return None


def _exit_code(pid: int, running: dict[int, int | None]) -> int | None:
    if running[pid] is None:
        found, status = os.waitpid(pid, os.WNOHANG)
        running[pid] = os.waitstatus_to_exitcode(status) if found else None
    return running[pid]


def become(asked: dict[str, Any], files: list[int]) -> None:
    """Run a program in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, file in zip((1, 2, 0), files, strict=False):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["cwd"])
    os.umask(asked["umask"])
    how, what, *arguments = asked["argv"]
    sys.argv = [how, *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    number, *modules = sys.argv[1:]
    for module in modules:
        name, _, function = module.partition(":")
        found = importlib.import_module(name)
        if function:
            getattr(found, function)()
    gc.collect()
    gc.freeze()  # what is shared stays shared
    with socket.socket(fileno=int(number)) as door:
        begun = stand_by(door)
    if begun is not None:
        warnings.resetwarnings()
        warnings.simplefilter("error")  # as `-W error` does in a process that begins cold
        become(*begun)


if __name__ == "__main__":
    main()
