"""A program with the agents' window, started as a process on a screen of its own and judged by what the server sees."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence

from tests.live_server import environment
from tests.server.live_office import LiveOffice, Window

WHO = "agent-norte"
SECONDS = 90.0
KEY_SECONDS = 2.0


class Crashed(AssertionError):
    """The program ended by itself; the text is what it said."""


def check_contacts_are_shown(
    command: Sequence[str], office: LiveOffice, screen: str, then: Callable[[int], None] = lambda _contact_id: None
) -> None:
    """Start `command` as WHO would have it configured, open a contact of the list with keys, and close the window.

    The server sees the contact being viewed: it was in the list on the screen, since a key opened it there. `then`
    goes on from the open contact.
    """
    contact = office.create(name="Ana Núñez", phone="8888-0001", team_id=office.teams["Norte"])
    configured = {"CALLMANAGER_SERVER_URL": office.url, "CALLMANAGER_API_KEY": office.keys[WHO], "DISPLAY": screen}
    with subprocess.Popen(  # with pipes, which a Windows program under Wine must have
        command,
        env={**environment(), **configured},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            _wait_for_title(screen, f"^{WHO} ", process)
            with office.window("boss") as boss:
                _open_the_only_row(screen, boss, contact["id"], process)
            then(contact["id"])
            press(screen, "ctrl+q")
            said, _ = process.communicate(timeout=SECONDS)
            if process.returncode != 0 or said:
                raise Crashed(said.decode("utf-8", "replace"))
        finally:
            process.kill()


def press(screen: str, *keys: str) -> None:
    """Keys of a keyboard, one after another."""
    subprocess.run(["xdotool", "key", *keys], env={**os.environ, "DISPLAY": screen}, check=True, timeout=10)


def _check_alive(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise Crashed(process.communicate(timeout=SECONDS)[0].decode("utf-8", "replace"))


def _open_the_only_row(screen: str, boss: Window, contact_id: int, process: subprocess.Popen[bytes]) -> None:
    """The keys come again, since the list may not be there yet when the window is."""
    end = time.monotonic() + SECONDS
    while contact_id not in {viewed["id"] for viewed in boss.call("sync")["presence"]["contacts"]}:
        _check_alive(process)
        assert time.monotonic() < end, "the server saw nobody open the contact"
        press(screen, "Down", "Return")
        time.sleep(KEY_SECONDS)


def _wait_for_title(screen: str, pattern: str, process: subprocess.Popen[bytes]) -> None:
    command = ["xdotool", "search", "--name", pattern]
    end = time.monotonic() + SECONDS
    while subprocess.run(command, env={**os.environ, "DISPLAY": screen}, capture_output=True, check=False).returncode:
        _check_alive(process)
        assert time.monotonic() < end, f"there is no window {pattern}"
        time.sleep(0.1)
