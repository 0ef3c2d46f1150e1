"""The process that works another program's window for the driver `interphone`, so that the agents' window need not.

JSON lines on stdin and stdout, nothing else; it ends when stdin closes. Only here are libraries of Windows' windows
imported: in a process with Tk they would change how its dialogs work.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from threading import Thread
from typing import BinaryIO, NoReturn

from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.dialling import Time
from callmanager.softphones.interphone.serving import BridgeServer, error_to_wire, read_requests, waiting_requests
from callmanager.softphones.interphone.windows import Windows
from callmanager.softphones.lab.interphone_port import LabWindows

_GARBAGE = 2


def run() -> int:
    """Serve until stdin closes. The last argument names the adapter ("win32", "uia", "lab:FOLDER")."""
    source, output = take_pipes()
    try:
        windows = open_windows(sys.argv[-1])
    except CallManagerError as error:
        output.write(json.dumps({"event": "failed", "error": error_to_wire(error)}).encode() + b"\n")
        output.flush()
        return 1
    return serve(windows, source, output)


def serve(windows: Windows, source: BinaryIO, output: BinaryIO) -> NoReturn:
    """Answer what comes from `source`. When it closes nobody is left to tell: the process ends in the middle of all."""
    requests = waiting_requests()

    def read() -> None:
        why = read_requests(source, requests)
        os._exit(_GARBAGE if why == "garbage" else 0)

    Thread(target=read, name="bridge-requests", daemon=True).start()
    BridgeServer(windows, output, Time(time.monotonic, time.sleep)).serve(requests)


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for ourselves; what a library prints goes nowhere, and reads nothing.

    On Windows a library that is loaded asks for the kind of stdin, and would wait for the thread that reads it.
    """
    source, output = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    os.close(nowhere)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for as long as the process
    return source, output


def open_windows(name: str) -> Windows:
    """The adapter `name`. Raises Unavailable (phone_not_here)."""
    kind, _, where = name.partition(":")
    if kind == "win32" and sys.platform == "win32":
        from callmanager.softphones.interphone.win32 import Win32Windows  # noqa: PLC0415  # exists on Windows only

        return Win32Windows()
    if kind == "uia" and sys.platform == "win32":
        from callmanager.softphones.interphone.uia import UiaWindows  # noqa: PLC0415  # exists on Windows only

        return UiaWindows()
    if kind == "lab" and where:
        return LabWindows(Path(where))
    raise Unavailable("phone_not_here", N_("This phone works on Windows only."))
