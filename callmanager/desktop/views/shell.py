"""The signed-in window: head, list and card side by side, the line at the bottom. It places and decides nothing."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.views.card.binding import bind_card
from callmanager.desktop.views.card.card_view import CardView
from callmanager.desktop.views.colleagues import ColleaguesView
from callmanager.desktop.views.contact_list import ContactListView
from callmanager.desktop.views.header import Header
from callmanager.desktop.views.importing.binding import bind_lists
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.status_line import StatusLine
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.styling import now, pixels
from callmanager.domain.texts import N_

LIST_LEAST, CARD_LEAST = 420, 400
"""At 100 %. A window with less room for both shows the card in the place of the list."""
CARD_SHARE = 0.42
COLLEAGUES_WIDTH = 1000
SASH = 6
SASH_PLACE = "shell.card_share"


class ShellView(customtkinter.CTkFrame):
    """Build it with MainWindow.show, so that language, theme and size can change at any moment."""

    def __init__(self, master: tkinter.Misc, models: SignedInModels, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.GROUND, corner_radius=0)
        self._models, self._kit = models, kit
        self._is_card_shown = self._is_card_alone = False
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(1, weight=1)
        self.header = Header(self, models.status, kit)
        self.header.grid(row=0, column=0, sticky="ew")
        self._panes = tkinter.PanedWindow(self, orient="horizontal", borderwidth=0, sashrelief="flat")
        self._panes.grid(row=1, column=0, sticky="nsew")
        self.list_view = ContactListView(self._panes, models.list, kit)
        self.card_view = CardView(self._panes, models.card, kit)
        self.status_line = StatusLine(
            self,
            models.status,
            models.preferences,
            kit,
            attend=lambda: kit.board.run("me.attention"),
            importing=models.importing,
        )
        self.status_line.grid(row=2, column=0, sticky="ew")
        self._panes.configure(background=now(theme.LINE), sashwidth=pixels(self)(SASH))
        self._panes.add(self.list_view, minsize=pixels(self)(LIST_LEAST), stretch="always")
        self._panes.bind("<Configure>", lambda _event: self._arrange())
        self._panes.bind("<ButtonRelease-1>", lambda _event: self._remember_share())
        bind_card(self, models.card, kit)
        bind_lists(self, models, kit)
        kit.board.bind("me.colleagues", self.show_colleagues)
        kit.listen(self, models.card.now.changed, self._arrange)
        self._arrange()
        self.list_view.focus_table()

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
        """The card beside the list, or in its place when there is no room for both, or not at all."""
        is_open = self._models.card.is_open
        is_alone = is_open and self._panes.winfo_width() < pixels(self)(LIST_LEAST + CARD_LEAST + SASH)
        if self._panes.winfo_width() <= 1 or (is_open, is_alone) == (self._is_card_shown, self._is_card_alone):
            return
        self._is_card_shown, self._is_card_alone = is_open, is_alone
        self._panes.tk.call(self._panes, "paneconfigure", self.list_view, "-hide", is_alone)
        if not is_open:
            self._panes.forget(self.card_view)
            return
        if str(self.card_view) not in self._panes.tk.splitlist(self._panes.tk.call(self._panes, "panes")):
            self._panes.add(self.card_view, minsize=pixels(self)(CARD_LEAST), stretch="always")
        if not is_alone:
            self._place_sash()

    def _place_sash(self) -> None:
        share = self._models.preferences.recall(SASH_PLACE, CARD_SHARE)
        if not isinstance(share, float) or not 0.1 < share < 0.9:
            share = CARD_SHARE
        width = self._panes.winfo_width()
        self._panes.update_idletasks()
        self._panes.sash_place(0, round(width * (1 - share)), 0)

    def _remember_share(self) -> None:
        if self._is_card_shown and not self._is_card_alone:
            left, _top = self._panes.sash_coord(0)
            self._models.preferences.remember(SASH_PLACE, round(1 - left / max(1, self._panes.winfo_width()), 3))
