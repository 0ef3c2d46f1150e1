"""Language, theme and size of this PC's window. Every choice is seen at once and kept."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.texts import N_

LANGUAGE_NAMES = {"es": "Español", "en": "English"}
APPEARANCE_NAMES = {"system": N_("Like the system"), "light": N_("Light"), "dark": N_("Dark")}


class PreferencesView(customtkinter.CTkFrame):
    """Three choices, without a button to save."""

    def __init__(self, master: tkinter.Misc, model: Preferences, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        appearances = {name: kit.say(label) for name, label in APPEARANCE_NAMES.items()}
        scales = {scale: f"{scale} %" for scale in theme.SCALES}
        self.language = ChoiceField(self, kit.say(N_("Language")), LANGUAGE_NAMES, model.language, model.speak)
        self.appearance = ChoiceField(self, kit.say(N_("Theme")), appearances, model.appearance, model.appear)
        self.scale = ChoiceField(self, kit.say(N_("Size")), scales, model.scale, model.resize)
        for field in (self.language, self.appearance, self.scale):
            field.pack(fill="x", pady=(0, theme.GRID))
        note = customtkinter.CTkLabel(
            self,
            text=kit.say(N_("This is kept on this PC, for you.")),
            anchor="w",
            text_color=theme.QUIET,
            font=kit.fonts.small,
        )
        note.pack(fill="x")


def show_preferences(master: tkinter.Misc, model: Preferences, kit: Kit) -> Dialog:
    """Open them over the window."""
    dialog = Dialog(master, kit.say(N_("Preferences")))
    view = PreferencesView(dialog.body, model, kit)
    view.pack(fill="both", expand=True)
    dialog.add_button(kit.say(N_("Close")), dialog.close, kind="main")
    dialog.open(view.language.field)
    return dialog
