"""A window of the program on a screen of its own: what one reads on it, and the keys and the mouse to use it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from callmanager.i18n import sentence
from tests.hidden_screens import open_screen
from tests.live_server import environment
from tests.warm_starts import WarmStarts

SIZE_X, SIZE_Y = 1366, 768
WAIT_SECONDS = 40.0
LOOK_SECONDS = 0.03
REST_SECONDS = 0.3
"""What has not moved for so long can be clicked on."""

WINDOWS = WarmStarts(
    "callmanager.desktop.pc.fonts:load_customtkinter",
    "callmanager.desktop.app",
    "callmanager.desktop.window",
    environ=environment,
)


def say(message: str, **params: Any) -> str:
    """What the window writes for a msgid."""
    return sentence(message, "es", params)


def open_desk_screen() -> AbstractContextManager[str]:
    """A screen of the size that the windows of these tests have, on which no key repeats itself."""
    return open_screen(f"{SIZE_X}x{SIZE_Y}", "-r", with_hands=True)


class RealWindow:
    """One start of the program. Leaving the block kills what still runs.

    `texts` are what can be read now; `until` waits for something to be so, and fails with what stands there instead.
    """

    def __init__(self, screen: str, folder: Path, server: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._complaints = folder / "stderr.txt"
        self._environment = {**environment(), "DISPLAY": screen}
        command = ["-m", "tests.window.real.witness", "--data", str(folder), "--server", server]
        (its_input, to_it), (from_it, its_output) = os.pipe(), os.pipe()
        with (
            self._complaints.open("ab") as complaints,
            os.fdopen(its_input, "rb") as given,
            os.fdopen(its_output, "wb") as output,
        ):
            more = {"DISPLAY": screen}
            self.process = WINDOWS.start(*command, given=given, output=output, errors=complaints, more=more)
        self._questions = os.fdopen(to_it, "w", encoding="utf-8")
        self._answers = os.fdopen(from_it, encoding="utf-8")
        self._move(SIZE_X // 2, 40)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def seen(self) -> list[dict[str, Any]]:
        """Every text with its `place` (left, top, width, height on the screen), and whether it `is_off`."""
        found: list[dict[str, Any]] = self._ask("look")["seen"]
        return found

    @property
    def texts(self) -> list[str]:
        return [one["text"] for one in self.seen]

    @property
    def title(self) -> str:
        return str(self._ask("look")["title"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every row of the list as it is drawn, by column; `id` is the contact's."""
        found: list[dict[str, Any]] = self._ask("rows")
        return found

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows that are on the screen, as `rows`."""
        found: list[dict[str, Any]] = self._ask("shown")
        return found

    @property
    def resident(self) -> int:
        """Bytes of memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024

    @property
    def complaints(self) -> str:
        """What it has logged, warned of or written as a crash: nothing, when all is well."""
        crashes = self.folder / "crash.log"
        written = crashes.read_text("utf-8") if crashes.exists() else ""
        return written + self._complaints.read_text("utf-8", "replace")

    def says(self, text: str) -> bool:
        """Whether a text is on the screen, alone or within another."""
        return any(text in one for one in self.texts)

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, self._ask("look")
            time.sleep(LOOK_SECONDS)

    def until_says(self, text: str) -> None:
        self.until(lambda: self.says(text))

    def until_writable(self) -> None:
        """Until letters would go into a field."""
        self.until(lambda: self._ask("look")["is_typing"])

    def press(self, *keys: str) -> None:
        """Keys by their names of X: `ctrl+k`, `Return`, `F6`."""
        self._use("key", *keys)

    def write(self, text: str) -> None:
        """Type letters, once a field has the focus; returns when they stand there."""
        self.until_writable()
        self._use("type", "--delay", "4", "--args", "1", text)
        self.until_says(text)

    @contextmanager
    def typing(self, text: str, *, then: str, seconds: float) -> Iterator[None]:
        """Within the block somebody types `text` in that time, and presses a key at its end."""
        self.until_writable()
        self._use("key", "space", "BackSpace")  # the first key of a new pair of hands is lost now and then
        pause = str(round(seconds * 1000 / len(text)))
        command = ["xdotool", "type", "--delay", pause, text]
        script = f"{shlex.join(command)} && xdotool key {then}"
        hands = subprocess.Popen(["sh", "-c", script], env=self._environment)
        try:
            yield
        finally:
            hands.wait(WAIT_SECONDS)  # never killed: a key would stay pressed

    def click(self, text: str) -> None:
        """Click on what says so, once it is there, not off, and has come to rest."""
        place, since = None, 0.0
        end = time.monotonic() + WAIT_SECONDS
        while place is None or time.monotonic() < since + REST_SECONDS:
            assert time.monotonic() < end, self.texts
            found = self._find(text)
            if found is None or found["place"] != place:
                place, since = found and found["place"], time.monotonic()
            time.sleep(LOOK_SECONDS)
        left, top, width, height = place
        self._move(left + width // 2, top + height // 2)
        self._use("click", "1")

    def rest(self) -> None:
        """Wait until nothing on the screen changes for a while."""
        before, since = self.texts, time.monotonic()
        while time.monotonic() < since + REST_SECONDS:
            if (now := self.texts) != before:
                before, since = now, time.monotonic()
            time.sleep(LOOK_SECONDS)

    def photograph(self, path: Path) -> None:
        """The whole screen as a PNG of 256 colours."""
        command = ["import", "-window", "root", "-colors", "256", f"png8:{path}"]
        subprocess.run(command, env=self._environment, check=True, timeout=WAIT_SECONDS)

    def is_off(self, text: str) -> bool:
        """Whether the button that says so can not be pressed."""
        return any(one["is_off"] for one in self.seen if text in one["text"])

    def quit(self) -> int:
        """Close it with its key; the exit code."""
        self.press("ctrl+q")
        return self.process.wait(WAIT_SECONDS)

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()
        self._answers.close()
        with suppress(BrokenPipeError):  # a question that it did not live to read
            self._questions.close()

    def _find(self, text: str) -> dict[str, Any] | None:
        found = [one for one in self.seen if text in one["text"] and not one["is_off"]]
        return min(found, key=lambda one: len(one["text"])) if found else None

    def _ask(self, question: str) -> Any:
        self._questions.write(f"{question}\n")
        self._questions.flush()
        answer = self._answers.readline()
        assert answer, f"the window is gone: {self.complaints}"
        return json.loads(answer)

    def _move(self, x: int, y: int) -> None:
        self._use("mousemove", str(x), str(y))

    def _use(self, *words: str) -> None:
        command = [
            "xdotool",
            *words,
            "getwindowfocus",
            "-f",
        ]  # answered when the screen has taken what stands before it
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
