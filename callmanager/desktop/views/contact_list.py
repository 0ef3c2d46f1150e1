"""The list of contacts on the screen: search, filters, saved views, the table, and what it says when it is empty."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.listing.columns import ColumnsDialog
from callmanager.desktop.views.listing.filters import ListFilters
from callmanager.desktop.views.listing.saved_views import SavedViews
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.search_bar import SearchBar
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

GAP = theme.GRID
CHECK_MILLISECONDS = 30_000


class ContactListView(customtkinter.CTkFrame):
    """Binds the commands `list.*` and `contact.open` to itself. `table` and `search` are for the shell's focus."""

    def __init__(self, master: tkinter.Misc, model: ContactListModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self.model, self.kit = model, kit
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)
        self._build_top()
        self._build_table()
        self._build_foot()
        self._bind_commands()
        kit.listen(self, model.changed, self._show_rows)
        kit.listen(self, model.framed, self._show_frame)
        kit.listen(self, model.selected_changed, self._show_selection)
        kit.every(self, CHECK_MILLISECONDS, model.presence.check)
        kit.every(self, CHECK_MILLISECONDS * 2, self.table.redraw)  # `today` becomes `yesterday`
        self._show_frame()
        self._show_rows(is_other_view=True)

    def focus_search(self) -> None:
        """Bring the cursor to the search."""
        self.search.focus_field()

    def focus_table(self) -> None:
        """Bring the keyboard to the rows."""
        self.table.focus_table()

    def ask_columns(self) -> None:
        """Let the user choose the columns."""
        ColumnsDialog(self, self.model, self.kit).open()

    def _build_top(self) -> None:
        top = customtkinter.CTkFrame(self, fg_color="transparent")
        top.grid(row=0, column=0, sticky="ew", padx=GAP, pady=(GAP, 4))
        top.columnconfigure(0, weight=1)
        say = self.kit.say
        self.search = SearchBar(
            top, say(N_("Search by name, phone, company, e-mail or note (Ctrl+K)")), self.model.search, self.focus_table
        )
        self.search.grid(row=0, column=0, sticky="ew")
        self.views = SavedViews(top, self.model, self.kit)
        self.views.grid(row=0, column=1, padx=(GAP, 0))
        self.filters = ListFilters(self, self.model, self.kit)
        self.filters.grid(row=1, column=0, sticky="ew", padx=GAP, pady=(0, GAP))

    def _build_table(self) -> None:
        look = TableLook(self, marks=theme.STATUS_COLOURS)
        self.table = VirtualTable(self, self._fetch, look)
        self.table.grid(row=2, column=0, sticky="nsew")
        self.table.on_select = self.model.select
        self.table.on_open = self.model.open
        self.table.on_sort = self.model.sort
        self.table.on_resize = self.model.note_widths

    def _build_foot(self) -> None:
        foot = customtkinter.CTkFrame(self, fg_color=theme.SURFACE, corner_radius=0, height=28)
        foot.grid(row=3, column=0, sticky="ew", padx=GAP, pady=4)
        foot.columnconfigure(1, weight=1)
        self.count = customtkinter.CTkLabel(foot, text="", font=self.kit.fonts.small, anchor="w")
        self.count.grid(row=0, column=0, sticky="w")
        self.progress = customtkinter.CTkLabel(
            foot, text="", font=self.kit.fonts.small, anchor="w", text_color=theme.QUIET
        )
        self.progress.grid(row=0, column=1, sticky="w", padx=(2 * GAP, 0))
        self.clear = Button(foot, self.kit.say(N_("Show all contacts")), self.model.clear, kind="quiet", height=26)

    def _bind_commands(self) -> None:
        board = self.kit.board
        board.bind("list.search", self.focus_search)
        board.bind("list.refresh", self.model.refresh)
        board.bind("list.columns", self.ask_columns)
        board.bind("list.save_view", self.views.ask_name)
        board.bind("list.clear", self.model.clear)
        board.bind("contact.open", self.model.open)

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [Row(row.id, row.cells, row.mark, row.tags) for row in self.model.fetch(offset, limit)]

    def _show_rows(self, is_other_view: bool) -> None:
        model = self.model
        self.table.show(model.count, position_of=model.position_of, restart=is_other_view)
        self.table.say(model.empty_text, model.empty_hint)
        _put(self.count, model.count_text)
        _put(self.progress, model.progress_text)

    def _show_frame(self) -> None:
        model, say = self.model, self.kit.say
        choice, view = model.columns, model.view
        sorted_by = next((x.id for x in choice.columns if x.sort == view.sort), "")
        columns = [Column(x.id, say(x.title), choice.width_of(x), x.sort is not None) for x in choice.columns]
        self.table.set_columns(columns, sort=sorted_by, descending=view.descending)
        self.search.put(view.text)
        self.filters.offer()
        self.views.show()
        if model.is_filtered:
            self.clear.grid(row=0, column=2, sticky="e")
        else:
            self.clear.grid_remove()
        _put(self.count, model.count_text)

    def _show_selection(self) -> None:
        chosen = self.model.selected
        if chosen != self.table.selected:
            self.table.select(chosen, None if chosen is None else self.model.position_of(chosen))


def _put(label: Any, text: str) -> None:
    if label.cget("text") != text:
        label.configure(text=text)
