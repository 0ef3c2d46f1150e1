"""A bridge process whose phone is only remembered: `python memory_bridge.py LOG [ODDITY ...]`.

LOG gets the field's text at each press of Call. The oddities: hang:look, hang:set, hang:press, hang:pressed, die:press,
starts:FILE (as soon as there is that file), silent (no call is shown), loses (the field loses a digit), prints
(libraries that talk), leaves (hung up by the other).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from callmanager.softphones.bridge import serve, take_pipes
from callmanager.softphones.interphone.windows import Control, View, Window
from tests.softphones.memory_phone import CALL, MemoryPhone

LOOKS_OF_A_SHORT_CALL = 4


class OddPhone(MemoryPhone):
    """Does what the command line says."""

    def __init__(self, log: Path, oddities: set[str]) -> None:
        super().__init__()
        self._log = log
        self._odd = oddities
        self._left = 0
        if "loses" in oddities:
            self.took = lambda text: text[1:]
        self.on_press = MemoryPhone.show_call if "silent" not in oddities else lambda _phone: None

    def look(self, window: Window) -> View:
        self._may_hang("look")
        if "prints" in self._odd:
            print("a library says something", flush=True)
            os.write(1, b'{"id": 1, "ok": {"confirmed": true}}\n')
        if self._left:
            self._left -= 1
            if not self._left:
                self.show_no_call("Llamada terminada")
        return super().look(window)

    def set_text(self, window: Window, control: Control, text: str) -> None:
        self._may_hang("set")
        super().set_text(window, control, text)

    def press(self, window: Window, control: Control) -> None:
        self._may_hang("press")
        super().press(window, control)
        if control.ref != CALL.ref:
            return
        with self._log.open("a") as log:
            log.write(self.pressed[-1] + "\n")
        if "leaves" in self._odd:
            self._left = LOOKS_OF_A_SHORT_CALL
        if "die:press" in self._odd:
            os._exit(3)
        self._may_hang("pressed")

    def _may_hang(self, where: str) -> None:
        if f"hang:{where}" in self._odd:
            time.sleep(600)


if __name__ == "__main__":
    source, output = take_pipes()
    for oddity in sys.argv[2:]:
        while oddity.startswith("starts:") and not Path(oddity.removeprefix("starts:")).exists():
            time.sleep(0.01)
    serve(OddPhone(Path(sys.argv[1]), set(sys.argv[2:])), source, output)
