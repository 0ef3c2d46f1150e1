"""The language of the window, which can change at any moment. Every text on the screen is asked of it."""

from __future__ import annotations

from typing import Any

from callmanager.desktop.observing import Signal
from callmanager.domain.errors import CallManagerError
from callmanager.i18n import DEFAULT_LANGUAGE, LANGUAGES, sentence


class Speech:
    """`say` gives a sentence of the catalogue; `changed` tells the views to show themselves anew."""

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        self._language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.changed: Signal[[]] = Signal()

    @property
    def language(self) -> str:
        """`es` or `en`."""
        return self._language

    def speak(self, language: str) -> None:
        """Say everything in `language` from now on; one that is not known changes nothing."""
        if language in LANGUAGES and language != self._language:
            self._language = language
            self.changed.emit()

    def say(self, message: str, **params: Any) -> str:
        """The msgid `message` in the window's language, with its %(name)s filled."""
        return sentence(message, self._language, params)

    def explain(self, error: CallManagerError) -> str:
        """What an error says to the user."""
        return sentence(error.message, self._language, error.params)
