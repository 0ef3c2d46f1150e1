"""Makes the pictures of the documents from the running program: what a terminal shows of the demo.

Usage: python deploy/take_pictures.py          (needs Chromium: apt-get install chromium)
"""

from __future__ import annotations

import html
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "pictures" / "demo.png"
BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)

STYLE = """
body { margin: 0; background: #eef1f4; font: 14px/1.45 'DejaVu Sans Mono', monospace; color: #d6deeb; }
.window { margin: 24px; border-radius: 8px; background: #16202c; box-shadow: 0 6px 24px #0004; }
.bar { padding: 8px 16px; background: #223041; border-radius: 8px 8px 0 0; color: #9fb0c3; font-family: 'DejaVu Sans'; }
pre { margin: 0; padding: 14px 18px 18px; white-space: pre-wrap; tab-size: 22; overflow-wrap: anywhere; }
.typed { color: #8bd5a0; }
"""


def main() -> int:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is missing: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "demo.html"
        page.write_text(_page(_demo_says(Path(folder))), "utf-8")
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        arguments = [*BROWSER, f"--user-data-dir={folder}/browser", "--window-size=1180,1180", f"--screenshot={TARGET}"]
        subprocess.run([browser, *arguments, page.as_uri()], check=True, capture_output=True, timeout=120)
    print(TARGET.relative_to(ROOT))
    return 0


def _demo_says(folder: Path) -> list[tuple[str, str]]:
    """Lines typed and what they answered, on a demo of its own."""
    home = folder / "demo"
    said = [("make demo", _typed(["demo", "--folder", str(home)], until="Ctrl+C"))]
    lines = ("doctor", "backup list", "audit verify")
    said += [(f"callmanager {line}", _typed(["--home", str(home), *line.split()])) for line in lines]
    return [(line, text.replace(str(folder), "~")) for line, text in said]


def _typed(words: list[str], *, until: str | None = None) -> str:
    """What the program prints in a terminal of 118 columns, up to the line that holds `until`, or to its end."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (60, 118))
    program = subprocess.Popen(
        [sys.executable, "-m", "callmanager", "--lang", "es", *words],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "118", "TERM": "dumb"},
        stdout=slave,
        stderr=slave if until else subprocess.DEVNULL,
    )
    os.close(slave)
    text = ""
    while until is None or until not in text:
        try:
            piece = os.read(master, 4096)
        except OSError:  # the other end was closed
            break
        text += piece.decode(errors="replace")
    if program.poll() is None and until is not None:
        program.send_signal(signal.SIGINT)
    program.wait(60)
    os.close(master)
    return CONTROLS.sub("", text.replace("\r\n", "\n")).strip()


def _page(lines: list[tuple[str, str]]) -> str:
    text = "\n\n".join(f'<span class="typed">$ {html.escape(t)}</span>\n{html.escape(said)}' for t, said in lines)
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>"
        f"<div class=window><div class=bar>CallManager</div><pre>{text}</pre></div>"
    )


if __name__ == "__main__":
    sys.exit(main())
