"""`CallManager.exe --doctor-phone`: the doctor of phones on a PC that has only the window's program."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from callmanager.cli.phones.doctor import REPORT, phone
from callmanager.cli.spoken import say, speak
from callmanager.desktop.pc.folders import data_folder, open_folder
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_
from callmanager.i18n import DEFAULT_LANGUAGE, LANGUAGES

NAME = "CallManager --doctor-phone"
_NOT_UNDERSTOOD, _INTERRUPTED = 2, 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run it with what follows the first word of the command line; the exit code is that of `doctor phone`.

    The report goes into this PC's folder unless `--report` says where. A program without a console opens one, and
    keeps it open until it has been read.
    """
    given = sys.argv[2:] if arguments is None else arguments
    chosen = os.environ.get("CALLMANAGER_LANGUAGE", "")
    speak(chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE)
    is_ours = _open_console()
    code = _examine(given)
    if is_ours:
        click.prompt(say(N_("Press Return to close this window")), default="", show_default=False)
    return code


def _examine(given: Sequence[str]) -> int:
    try:
        report = open_folder(data_folder()) / REPORT
        answer = phone.main(["--report", str(report), *given], prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return _NOT_UNDERSTOOD
    except (click.Abort, KeyboardInterrupt):
        click.echo(say("Aborted!"), err=True)
        return _INTERRUPTED
    except CallManagerError as error:
        click.echo(say(error.message, **error.params), err=True)
        return 1
    return answer if isinstance(answer, int) else 0


def _open_console() -> bool:
    """Whether a console had to be opened: a program for windows has none on Windows."""
    if sys.platform == "win32" and sys.stdout is None:
        import ctypes  # noqa: PLC0415  # of use on Windows only

        ctypes.windll.kernel32.AllocConsole()
        ctypes.windll.kernel32.SetConsoleCP(65001)
        ctypes.windll.kernel32.SetConsoleOutputCP(65001)
        sys.stdin = open("CONIN$", encoding="utf-8")  # noqa: SIM115, PTH123  # for as long as the process
        sys.stdout = open("CONOUT$", "w", encoding="utf-8")  # noqa: SIM115, PTH123
        sys.stderr = sys.stdout
        return True
    return False
