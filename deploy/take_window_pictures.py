"""Makes the pictures of the agents' window for README and docs/agentes.md, from the program running on the demo.

Usage: python deploy/take_window_pictures.py      (needs: apt-get install xvfb xdotool imagemagick)
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from callmanager.cli.demo.people import PASSWORD  # noqa: E402  # after the path of the checkout is known
from callmanager.desktop.remote import Remote  # noqa: E402
from tests.live_server import environment, free_port  # noqa: E402
from tests.window.real.premises import sign_in, until_live  # noqa: E402
from tests.window.real.real_window import RealWindow, open_desk_screen, say  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "tests" / "samples" / "contactos_cr.csv"
MANAGER, AGENT = "laura", "sofia"
DRAWING_SECONDS = 4
"""A window on a busy machine answers before all of it is drawn."""
CALLED, NUMBER = "Adriana Mora Vargas", "8811-0030"
"""The simulated phone's other side answers a number that ends so."""
NOTES = ("Prefiere por la tarde.", "Prefiere por la tarde. Pidió que le envíen el contrato.")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (address, key), ExitStack() as stack:
        windows = {}
        for name in (MANAGER, AGENT):
            screen = stack.enter_context(open_desk_screen())
            choose_phone(Path(folder) / name)
            windows[name] = stack.enter_context(RealWindow(screen, Path(folder) / name, address))
            sign_in(windows[name], name, PASSWORD)
            until_live(windows[name], name)
        remote = Remote(address, api_key=key, language="es")
        stack.callback(remote.close)
        take_all(windows[MANAGER], windows[AGENT], remote)
    return 0


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """A demo that runs: its address and the manager's key."""
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "callmanager", "--lang", "es", "demo", "--folder", str(folder / "demo")]
    server = subprocess.Popen(
        [*command, "--port", address.rpartition(":")[2]],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        found = next(match for line in server.stdout if (match := re.search(r"X-API-Key: (\S+)\"", line)))
        yield address, found[1]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)


def choose_phone(folder: Path) -> None:
    """As the user would in the settings of the phone: one that calls nobody."""
    folder.mkdir()
    phone = {"driver": "simulated", "options": {}, "region": "CR", "style": "national"}
    (folder / "preferences.json").write_text(json.dumps({"phone": phone}), "utf-8")


def take_all(manager: RealWindow, agent: RealWindow, remote: Remote) -> None:
    """Bring the windows to each state worth showing, as people do."""
    manager.press("Down", "Down")
    agent.press("Home", "Down", "Down", "Return")
    agent.press("F6")
    agent.until_says(say("Editing. Others can only read."))
    manager.until(lambda: any(row for row in manager.shown if AGENT in row["badge"]))
    take(manager, "lista")
    theirs = next(row for row in manager.shown if AGENT not in row["badge"])
    write_history(remote, theirs["id"])
    manager.press("Home", "Return")
    manager.press("F6")
    manager.until_says(say("Editing. Others can only read."))
    manager.until_writable()
    manager.press("ctrl+End")
    manager.write(" Llamar el lunes")
    take(manager, "ficha")
    manager.press("ctrl+s")
    manager.until_says(say("Saved."))
    manager.press("ctrl+d", "F6", "ctrl+h")
    manager.until_says(say("History"))
    take(manager, "historial")
    manager.press("Escape", "Escape", "F1")
    manager.until_says(say("All keys"))
    take(manager, "teclas")
    manager.press("Escape")
    manager.until(lambda: not manager.says(say("All keys")))
    manager.rest()
    take_call(manager, remote)
    manager.press("ctrl+i")
    manager.write(str(SAMPLE))
    manager.press("Return")
    manager.click(say("See what would happen"))
    manager.until_says(say("This would happen. Nothing is changed yet."))
    take(manager, "importar")


def take_call(manager: RealWindow, remote: Remote) -> None:
    """A call that has ended, and its outcome half given; the form is left saved."""
    remote.ask("POST", "/contacts", body={"name": CALLED, "phone": NUMBER, "company": "Cafetalera del Valle"})
    manager.press("ctrl+k")
    manager.write(CALLED)
    manager.until(lambda: [row["name"] for row in manager.shown] == [CALLED])
    manager.press("Return", "Return")
    manager.until_says(say("Close"))
    manager.press("ctrl+k", "Escape", "Return")  # the list as it is, with the contact still open
    manager.until(lambda: len(manager.shown) > 1)
    manager.press("F3")
    manager.until_says(say("On the phone %(time)s", time="0:1"))
    manager.press("F4")
    manager.until_says(say("You hung up"))
    manager.press("5")
    manager.click(say("Tomorrow at 9"))
    take(manager, "llamada")
    manager.press("ctrl+Return")
    manager.until(lambda: not manager.says(say("Note of the call")))
    manager.rest()


def write_history(remote: Remote, contact_id: int) -> None:
    """So that there is something to look back at."""
    for note in NOTES:
        remote.edit_contact(contact_id, {"note": note}, version=remote.get_contact(contact_id)["version"])


def take(window: RealWindow, name: str) -> None:
    """One picture, of few colours so that it stays small."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    time.sleep(DRAWING_SECONDS)
    window.rest()
    path = PICTURES / f"{name}.png"
    window.photograph(path)
    print(path.relative_to(ROOT), f"{path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
