"""The signed-in window: head, list and card side by side, the line at the bottom. It places and decides nothing."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.views.calling.binding import bind_calls
from callmanager.desktop.views.calling.call_area import CallArea
from callmanager.desktop.views.calling.outcome.place import PANES_ROW, OutcomePlace
from callmanager.desktop.views.card.binding import bind_card
from callmanager.desktop.views.card.card_view import CardView
from callmanager.desktop.views.colleagues import ColleaguesView
from callmanager.desktop.views.contact_list import ContactListView
from callmanager.desktop.views.header import Header
from callmanager.desktop.views.importing.binding import bind_lists
from callmanager.desktop.views.keyboard_place import KeyboardPlace
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.state_selector import StateSelector
from callmanager.desktop.views.status_line import StatusLine
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.panes import SidePanes
from callmanager.domain.texts import N_

COLLEAGUES_WIDTH = 1000
SASH_STEP = 0.04
"""Of the width, at each press of a key."""
SASH_PLACE = "shell.card_share"


class ShellView(customtkinter.CTkFrame):
    """Build it with MainWindow.show, so that language, theme and size can change at any moment."""

    def __init__(self, master: tkinter.Misc, models: SignedInModels, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.GROUND, corner_radius=0)
        self._models, self._kit = models, kit
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(PANES_ROW, weight=1)
        self.header = Header(self, kit)
        self.header.grid(row=0, column=0, sticky="ew")
        self.state_selector = StateSelector(self.header.state_place, models.states, kit)
        self.state_selector.pack()
        self.call_area = CallArea(self, models, kit)
        self.call_area.grid(row=1, column=0, sticky="ew")
        share = models.preferences.recall(SASH_PLACE)
        self.panes = SidePanes(self, share, lambda share: models.preferences.remember(SASH_PLACE, share))
        self.panes.grid(row=PANES_ROW, column=0, sticky="nsew")
        main = customtkinter.CTkFrame(self.panes, fg_color=theme.SURFACE, corner_radius=0)
        main.grid_columnconfigure(0, weight=1)
        main.grid_rowconfigure(0, weight=1)
        self.list_view = ContactListView(main, models.list, kit)
        self.list_view.grid(row=0, column=0, sticky="nsew")
        self.card_view = CardView(self.panes, models.card, kit, models.calling.list)
        self.status_line = StatusLine(
            self,
            models.status,
            models.preferences,
            kit,
            attend=lambda: kit.board.run("me.attention"),
            importing=models.importing,
        )
        self.status_line.grid(row=PANES_ROW + 1, column=0, sticky="ew")
        self.panes.fill(main, self.card_view)
        self.outcome_place = OutcomePlace(self, models.calling.call, kit)
        self.outcome_place.stand_with(self.panes, main, self.list_view)
        bind_card(self, models.card, kit)
        bind_lists(self, models, kit)
        bind_calls(self, models.calling, models.card, kit)
        kit.board.bind("me.colleagues", self.show_colleagues)
        kit.board.bind("contact.wider", lambda: self.panes.move_sash(SASH_STEP))
        kit.board.bind("contact.narrower", lambda: self.panes.move_sash(-SASH_STEP))
        kit.listen(self, models.card.now.changed, self._arrange)
        self.keyboard_place = KeyboardPlace(
            self, self.list_view, self.outcome_place.panel.form, call=models.calling.call, card=models.card, kit=kit
        )
        self._arrange()
        self.keyboard_place.start()

    @property
    def status_height(self) -> int:
        """Pixels of the line at the bottom."""
        return int(self.status_line.winfo_reqheight())

    def show_colleagues(self) -> Dialog:
        """Who is there and does what; opening one shows the contact that he works on."""
        dialog = Dialog(self, self._kit.say(N_("Colleagues")), width=COLLEAGUES_WIDTH)

        def open_contact(contact_id: int) -> None:
            dialog.close()
            self._models.card.open(contact_id)

        view = ColleaguesView(dialog.body, self._models.colleagues, self._kit, open_contact)
        view.pack(fill="both", expand=True)
        dialog.add_button(self._kit.say(N_("Close")), dialog.close, kind="main")
        dialog.open()
        return dialog

    def _set_appearance_mode(self, mode: str) -> None:
        super()._set_appearance_mode(mode)
        for menu in self.header.menus.values():
            menu.dress()

    def _arrange(self) -> None:
        self.panes.show_side(is_wanted=self._models.card.is_open)
