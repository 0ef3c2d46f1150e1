"""What the user likes on this PC: language, theme, size, and what screens remember. Saved at once."""

from __future__ import annotations

from typing import Any

from callmanager.desktop import theme
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.domain.errors import CallManagerError
from callmanager.i18n import LANGUAGES

LANGUAGE, APPEARANCE, SCALE = "language", "appearance", "scale"


class Preferences:
    """`changed` is told when the window has to look or speak otherwise; `failed` when saving failed.

    `recall` and `remember` keep what a screen wants to find again (widths, columns), by a name of its own.
    """

    def __init__(self, tools: Tools, file: PreferenceFile) -> None:
        self._tools, self._file = tools, file
        self._values = file.read()
        self.changed: Signal[[]] = Signal()
        self.failed: Signal[[CallManagerError]] = Signal()
        tools.speech.speak(self._choice(LANGUAGE, LANGUAGES, tools.speech.language))

    @property
    def language(self) -> str:
        """`es` or `en`."""
        return self._tools.speech.language

    @property
    def appearance(self) -> str:
        """One of theme.APPEARANCES."""
        return str(self._choice(APPEARANCE, theme.APPEARANCES, "system"))

    @property
    def scale(self) -> int:
        """Percent, one of theme.SCALES."""
        return int(self._choice(SCALE, theme.SCALES, 100))

    def speak(self, language: str) -> None:
        """Use another language."""
        if language in LANGUAGES and language != self.language:
            self.remember(LANGUAGE, language)
            self._tools.speech.speak(language)
            self.changed.emit()

    def appear(self, appearance: str) -> None:
        """Use another theme."""
        self._change(APPEARANCE, appearance, theme.APPEARANCES)

    def resize(self, scale: int) -> None:
        """Show everything at `scale` percent."""
        self._change(SCALE, scale, theme.SCALES)

    def resize_by(self, steps: int) -> None:
        """The next larger or smaller scale, as far as there is one."""
        place = theme.SCALES.index(self.scale) + steps
        if 0 <= place < len(theme.SCALES):
            self.resize(theme.SCALES[place])

    def recall(self, name: str, default: Any = None) -> Any:
        """What was remembered under `name`."""
        return self._values.get(name, default)

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`, and save it."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        self._tools.background.run(lambda: self._file.write({name: value}), lambda _none: None, self.failed.emit)

    def _change(self, name: str, value: Any, choices: tuple[Any, ...]) -> None:
        if value in choices and value != self._values.get(name):
            self.remember(name, value)
            self.changed.emit()

    def _choice(self, name: str, choices: tuple[Any, ...], default: Any) -> Any:
        found = self._values.get(name)
        return found if found in choices else default
