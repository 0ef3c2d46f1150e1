"""The agents' program: arguments, one window per user and PC, and the window seen before anything slow is loaded."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callmanager import __version__
from callmanager.desktop.pc.configured import Configured, read_configured
from callmanager.desktop.pc.crash_log import CrashLog
from callmanager.desktop.pc.folders import data_folder, open_folder, program_folder
from callmanager.desktop.pc.fonts import load_customtkinter
from callmanager.desktop.pc.single_instance import SingleInstance
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.i18n import DEFAULT_LANGUAGE, sentence

if TYPE_CHECKING:
    import customtkinter


def run(arguments: Sequence[str] | None = None) -> int:
    """Run until the window is closed. The exit code: 0, or 1 when it could not begin or the self-test failed."""
    given = _parser().parse_args(arguments)
    if given.version:
        _print(f"CallManager {__version__}")
        return 0
    folder: Path = given.data or data_folder()
    if given.self_test is not None:
        return _test(given, folder)
    if not _has_tk():
        return _stop(
            N_(
                "CallManager needs Tk in the Python that runs it. On Debian or Ubuntu install python3-tk; on Windows "
                'install Python again with "tcl/tk" marked.'
            )
        )
    try:
        open_folder(folder)
    except CallManagerError as error:
        return _stop(error)
    return _run_alone(given, folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("CallManager", description="The agents' window of CallManager.")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--server", default="", metavar="ADDRESS", help="use this server, such as 192.168.1.10:5000")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep lists and preferences in this folder")
    parser.add_argument(
        "--self-test",
        nargs="?",
        const="",
        metavar="FILE",
        help="show no window; write as JSON what works on this PC, to FILE or the terminal",
    )
    return parser


def _test(given: argparse.Namespace, folder: Path) -> int:
    from callmanager.desktop.pc.self_test import run_self_test, write_findings  # noqa: PLC0415 - for IT only

    found = run_self_test(folder, program_folder(), server=given.server)
    write_findings(found, Path(given.self_test) if given.self_test else None)
    return 0 if found["ok"] else 1


def _run_alone(given: argparse.Namespace, folder: Path) -> int:
    instance = SingleInstance(folder)
    if not instance.claim():
        if instance.call_the_first():
            return 0
        return _stop(N_("CallManager is open already on this PC, in another window or for another user."))
    try:
        return _show(given, folder, instance)
    finally:
        instance.close()


def _show(given: argparse.Namespace, folder: Path, instance: SingleInstance) -> int:
    crashes = CrashLog(folder, SystemClock())
    crashes.watch(lambda: _stop(_ended(crashes)))
    import tkinter  # noqa: PLC0415 - it is known by now that there is one

    try:
        root = _open_root()
    except tkinter.TclError:
        return _stop(N_("CallManager needs a screen."))
    from callmanager.desktop.widgets.collecting import collect_in_window, collect_the_rest  # noqa: PLC0415
    from callmanager.desktop.window import Window, build_around  # noqa: PLC0415 - the window is seen first

    collect_in_window(root)

    try:
        configured, problem = _configured(given), None
    except CallManagerError as error:
        configured, problem = Configured(), error
    window = Window(root, lambda _tools, preferences: build_around(folder, configured, preferences), folder, crashes)
    instance.listen(window.call_forward)
    window.open(problem)
    root.mainloop()
    collect_the_rest()
    return 0


def _ended(crashes: CrashLog) -> CallManagerError:
    return Unavailable(
        "program_ended",
        N_("CallManager had to close. What happened is written in %(file)s; show it to IT."),
        file=str(crashes.path),
    )


def _has_tk() -> bool:
    try:
        import tkinter  # noqa: F401, PLC0415 - a Python without it gets a sentence
    except ImportError:
        return False
    return True


def _open_root() -> customtkinter.CTk:
    import tkinter  # noqa: PLC0415

    load_customtkinter()  # after the other instance was asked
    import customtkinter  # noqa: PLC0415

    root = customtkinter.CTk()
    root.title("CallManager")
    tkinter.Wm.wm_geometry(root, "1366x768")
    root.update()
    return root


def _configured(given: argparse.Namespace) -> Configured:
    found = read_configured(program_folder())
    if not given.server:
        return found
    return Configured(given.server, found.api_key, found.key_server or (given.server if found.api_key else ""))


def _stop(problem: CallManagerError | str) -> int:
    """Say why there is no window: in a box where there is a screen, else on the terminal."""
    message, params = (problem, {}) if isinstance(problem, str) else (problem.message, problem.params)
    text = sentence(message, DEFAULT_LANGUAGE, params)
    if not _show_box(text):
        _print(text)
    return 1


def _show_box(text: str) -> bool:
    """Wait until the box is closed; False where none can be shown."""
    if not _has_tk():
        return False
    import tkinter  # noqa: PLC0415
    from tkinter import messagebox  # noqa: PLC0415

    try:
        root = tkinter.Tk()
        root.withdraw()
        messagebox.showinfo("CallManager", text, parent=root)
        root.destroy()
    except tkinter.TclError:
        return False
    return True


def _print(text: str) -> None:
    if sys.stdout is not None:  # a program without a console has none
        sys.stdout.write(text + "\n")
