"""The language of the window as a small button that speaks the next one: `ES · en`."""

from __future__ import annotations

import tkinter

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.i18n import LANGUAGES


class LanguageButton(Button):
    """For the screens before signing in; the line of status has its own."""

    def __init__(self, master: tkinter.Misc, preferences: Preferences, kit: Kit) -> None:
        text = language_text(preferences)
        super().__init__(master, text, lambda: speak_next(preferences), kind="quiet", font=kit.fonts.small)


def language_text(preferences: Preferences) -> str:
    """The languages, the spoken one in capitals: `ES · en`."""
    return " · ".join(name.upper() if name == preferences.language else name for name in LANGUAGES)


def speak_next(preferences: Preferences) -> None:
    """From one language to the next."""
    place = LANGUAGES.index(preferences.language)
    preferences.speak(LANGUAGES[(place + 1) % len(LANGUAGES)])
