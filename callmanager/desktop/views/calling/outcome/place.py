"""Where the outcome stands: across the window; in a low one in the place of the list, so that the card has room."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop.models.calling.call import CallModel
from callmanager.desktop.views.calling.outcome.panel import OutcomePanel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.panes import SidePanes

LOW = 660
"""Of a window's height at 100 %: under it there is no room for the outcome over list and card."""
ROW, PANES_ROW = 2, 3


class OutcomePlace:
    """`host` is the pane that holds `listed` in its first cell. `arrange` whenever something may be another."""

    def __init__(self, shell: tkinter.Frame, call: CallModel, kit: Kit) -> None:
        self._shell, self._call = shell, call
        self._panes: SidePanes | None = None
        self.panel = OutcomePanel(shell, call, kit)
        kit.listen(self.panel, call.changed, self.arrange)

    def stand_with(self, panes: SidePanes, host: customtkinter.CTkFrame, listed: customtkinter.CTkFrame) -> None:
        """Say beside what it stands."""
        self._panes, self._host, self._listed = panes, host, listed
        tkinter.Misc.bind(self._shell, "<Configure>", lambda event: self._notice(event, self._shell), add="+")
        tkinter.Misc.bind(panes, "<Configure>", lambda event: self._notice(event, panes), add="+")
        self.arrange()

    @property
    def is_instead_of_list(self) -> bool:
        """Whether it stands in the place of the list."""
        return bool(self.panel.winfo_manager()) and self.panel.grid_info()["in"] is self._host

    def arrange(self) -> None:
        """Put it where it belongs, or away."""
        panes = self._panes
        if panes is None:
            return
        is_low = self._is_low()
        is_instead = self._call.awaits_outcome and is_low and not panes.is_side_alone
        shares = self._call.awaits_outcome and is_low and panes.is_side_alone
        tkinter.Misc.grid_rowconfigure(self._shell, ROW, weight=int(shares))
        if not self._call.awaits_outcome:
            self.panel.grid_remove()
        elif is_instead:
            self.panel.grid(in_=self._host, row=0, column=0, sticky="nsew")
            self.panel.lift()
        else:
            self.panel.grid(in_=self._shell, row=ROW, column=0, sticky="nsew")
        if is_instead:
            self._listed.grid_remove()
        elif not self._listed.winfo_manager():
            self._listed.grid(row=0, column=0, sticky="nsew")

    def _is_low(self) -> bool:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self.panel)
        return self._shell.winfo_height() / scale < LOW

    def _notice(self, event: tkinter.Event[tkinter.Misc], widget: tkinter.Misc) -> None:
        if event.widget is widget:
            self.arrange()
