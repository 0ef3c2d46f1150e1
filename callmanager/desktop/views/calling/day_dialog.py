"""My day: how many calls, how long the talk (measured and estimated apart), the states, and each call."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.day import DayModel, Figure
from callmanager.desktop.models.calling.day_calls import DayCalls
from callmanager.desktop.views.calling.day_list import DayList
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.texts import N_

WIDTH = 900
TILE_WIDTH = 200


class DayDialog(Dialog):
    """Left and Right go through the days, as the buttons do."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: DayModel,
        calls: DayCalls,
        kit: Kit,
        open_contact: Callable[[int], object] = lambda _contact_id: None,
    ) -> None:
        super().__init__(master, kit.say(N_("My day so far")), width=WIDTH)
        self._model, self._day_calls, self._kit, self._open_contact = model, calls, kit, open_contact
        self._build_days()
        self._figures = customtkinter.CTkFrame(self.body, fg_color="transparent", height=1)
        self._figures.pack(fill="x", pady=(theme.GRID, 0))
        self._empty = Words(self.body, WIDTH, theme.QUIET, height=22)
        self.list = DayList(self.body, calls, kit, self._open)
        self.add_button(kit.say(N_("Close")), self.close, kind="main")
        self.bind("<Left>", lambda _event: model.earlier())
        self.bind("<Right>", lambda _event: model.later())
        kit.listen(self, model.changed, self._follow)
        kit.listen(self, calls.changed, self.refresh)
        model.show_today()
        self.refresh()
        self.open()

    def refresh(self) -> None:
        """Show the model as it is now."""
        model = self._model
        self.date.configure(text=model.date_text)
        self.later.allow(model.can_go_later)
        self.today.allow(model.can_go_later)
        empty = self._empty_text()
        self._empty.put(empty)
        self._empty.pack(fill="x", pady=theme.GRID) if empty else self._empty.pack_forget()
        for child in self._figures.winfo_children():
            child.destroy()
        if model.is_known:
            self._tiles(model.calls)
            self._tiles(model.times)
            self._columns()
        else:
            self._figures.configure(height=1)
        self.list.refresh()
        if self.winfo_viewable():
            self.fit()

    def _follow(self) -> None:
        """The list is of the same day as the figures."""
        if self._model.is_loading:
            self._day_calls.show(self._model.day)
        self.refresh()

    def _open(self, contact_id: int) -> None:
        self.close()
        self._open_contact(contact_id)

    def _empty_text(self) -> str:
        model, say = self._model, self._kit.say
        if model.problem is not None:
            return self._kit.explain(model.problem)
        if not model.is_known:
            return say(N_("Loading…"))
        return "" if model.results else say(N_("No calls on this day."))

    def _build_days(self) -> None:
        row, say = customtkinter.CTkFrame(self.body, fg_color="transparent"), self._kit.say
        row.pack(fill="x")
        before, after = say(N_("Day before")), say(N_("Day after"))
        self.earlier = Button(row, f"◀  {before}", self._model.earlier)
        self.date = customtkinter.CTkLabel(row, text="", font=self._kit.fonts.strong, width=110)
        self.later = Button(row, f"{after}  ▶", self._model.later)
        self.today = Button(row, say(N_("Today")), self._model.show_today, kind="quiet")
        for widget in (self.earlier, self.date, self.later, self.today):
            widget.pack(side="left", padx=(0, theme.GRID))

    def _tiles(self, figures: Sequence[Figure]) -> None:
        row = customtkinter.CTkFrame(self._figures, fg_color="transparent")
        row.pack(fill="x", pady=(0, theme.GRID))
        for column, figure in enumerate(figures):
            row.grid_columnconfigure(column, weight=1, uniform="tile")
            tile = customtkinter.CTkFrame(row, fg_color=theme.RAISED, corner_radius=6)
            tile.grid(row=0, column=column, sticky="nsew", padx=(0 if column == 0 else theme.GRID, 0))
            self._write(tile, figure.label, theme.QUIET, self._kit.fonts.text)
            self._write(tile, figure.value, theme.TEXT, self._kit.fonts.title)
            if figure.note:
                self._write(tile, figure.note, theme.QUIET, self._kit.fonts.small)

    def _write(self, tile: tkinter.Misc, text: str, colour: theme.Colour, font: customtkinter.CTkFont) -> None:
        label = customtkinter.CTkLabel(
            tile, text=text, anchor="w", justify="left", text_color=colour, font=font, wraplength=TILE_WIDTH, height=22
        )
        label.pack(fill="x", padx=theme.GRID, pady=(2, 2))

    def _columns(self) -> None:
        """Side by side: how the time was spent, how the calls ended, what came of them."""
        model, row = self._model, customtkinter.CTkFrame(self._figures, fg_color="transparent")
        row.pack(fill="x")
        titles = (
            (N_("Time by state"), model.states),
            (N_("How the calls ended"), model.results),
            (N_("What came of them"), model.outcomes),
        )
        for column, (title, figures) in enumerate(titles):
            row.grid_columnconfigure(column, weight=1, uniform="column")
            box = customtkinter.CTkFrame(row, fg_color="transparent", height=1)
            box.grid(row=0, column=column, sticky="new", padx=(0 if column == 0 else 2 * theme.GRID, 0))
            box.grid_columnconfigure(0, weight=1)
            self._list(box, self._kit.say(title), figures)

    def _list(self, box: tkinter.Misc, title: str, figures: Sequence[Figure]) -> None:
        head = customtkinter.CTkLabel(box, text=title, font=self._kit.fonts.strong, anchor="w", height=24)
        head.grid(row=0, column=0, columnspan=2, sticky="ew")
        for number, figure in enumerate(figures or [Figure("—", "")], 1):
            name = customtkinter.CTkLabel(box, text=figure.label, anchor="w", height=20, wraplength=180, justify="left")
            name.grid(row=number, column=0, sticky="ew")
            value = customtkinter.CTkLabel(box, text=figure.value, anchor="e", height=20)
            value.grid(row=number, column=1, sticky="e", padx=(theme.GRID, 0))
