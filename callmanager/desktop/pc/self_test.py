"""What `--self-test` finds on this PC, as JSON: for IT, and for whoever builds the program. Shows no window."""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmanager import __version__
from callmanager.desktop.pc.configured import read_configured
from callmanager.desktop.pc.folders import open_folder
from callmanager.desktop.pc.fonts import load_customtkinter
from callmanager.desktop.pc.keyring_safe import KeyringSafe
from callmanager.desktop.remote.probing import complete_address, probe
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.i18n import DEFAULT_LANGUAGE, sentence

try:
    from tkinter import TclError
except ImportError:  # a Python without Tk is a finding
    TclError = OSError  # type: ignore[misc, assignment]

Finding = dict[str, Any]
_SENTENCE = N_("Sign in")


def run_self_test(folder: Path, program: Path, *, server: str = "") -> Finding:
    """`ok` says whether one can work here: the keyring is a convenience, and without a server nothing is wrong yet."""
    parts: dict[str, Finding] = {
        "window": _tried(_try_window),
        "sentences": _tried(_try_sentences),
        "folder": _tried(lambda: _try_folder(folder)),
        "server": _tried(lambda: _try_server(program, server)),
        "keyring": _tried(_try_keyring),
    }
    return {
        "ok": all(part["ok"] for name, part in parts.items() if name != "keyring"),
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "is_frozen": bool(getattr(sys, "frozen", False)),
        **parts,
    }


def write_findings(found: Finding, path: Path | None) -> None:
    """To a file, or to the terminal where there is one."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    if path is not None:
        path.write_text(text + "\n", "utf-8")
    elif sys.stdout is not None:  # a program without a console has none
        sys.stdout.write(text + "\n")


def _tried(work: Callable[[], Finding]) -> Finding:
    try:
        return {"ok": True, **work()}
    except CallManagerError as error:
        return {"ok": False, "code": error.code, "reason": str(error)}
    except (OSError, ImportError, TclError) as error:
        return {"ok": False, "code": type(error).__name__}


def _try_window() -> Finding:
    load_customtkinter()  # it must not keep the other findings from being made
    import customtkinter  # noqa: PLC0415

    root = customtkinter.CTk()
    try:
        root.withdraw()
        root.update()
        return {
            "tk": root.tk.call("info", "patchlevel"),
            "customtkinter": customtkinter.__version__,
            "screen": f"{root.winfo_screenwidth()}x{root.winfo_screenheight()}",
        }
    finally:
        root.destroy()


def _try_sentences() -> Finding:
    """A program that was frozen without its catalogues would speak English to everybody."""
    spoken = sentence(_SENTENCE, DEFAULT_LANGUAGE)
    return {"ok": spoken != _SENTENCE, DEFAULT_LANGUAGE: spoken}


def _try_folder(folder: Path) -> Finding:
    open_folder(folder)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x")
    return {"path": str(folder)}


def _try_server(program: Path, server: str) -> Finding:
    address = server or read_configured(program).server
    if not address:
        return {"address": ""}
    found = probe(complete_address(address), own_version=__version__, clock=SystemClock())
    return {"address": found.address, "version": found.version, "notes": [note.code for note in found.notes]}


def _try_keyring() -> Finding:
    KeyringSafe().check()
    return {}
