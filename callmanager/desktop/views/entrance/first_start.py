"""Which server: those found on the network, or an address that is typed and tried."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.session import ServerChoice
from callmanager.desktop.pc.discovery import Announced
from callmanager.desktop.views.entrance.form import GAP, FormSheet
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

MOST_SHOWN = 6


class FirstStartView(FormSheet):
    """`problem` is why the configured server cannot be used; `back` returns to the server there was, if any."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: ServerChoice,
        kit: Kit,
        problem: CallManagerError | None = None,
        back: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(master, kit)
        self._model, self._shown = model, list[Announced]()
        say = kit.say
        self.title(say(N_("Where is the server?")))
        self.text(say(N_("Write the address that IT gave you, or look for servers on the office network.")))
        self.text(kit.explain(problem) if problem else "", theme.BAD)
        self.address = self.entry(say(N_("Address, such as 192.168.1.10:5000")), model.text, model.type)
        self.address.on_enter(model.test)
        self._error = self.text("", theme.BAD)
        self._fingerprint = self.text("", theme.TEXT)
        self.accept = Button(self.inside, say(N_("It is the same: trust this certificate")), model.accept_certificate)
        self._buttons(back)
        self._list = customtkinter.CTkFrame(self.inside, fg_color="transparent", height=1)
        self.add(self._list)
        self._search = self.text()
        kit.listen(self, model.changed, self._show)
        self._show()
        self.begin_at(self.address)

    def _buttons(self, back: Callable[[], object] | None) -> None:
        self._row = customtkinter.CTkFrame(self.inside, fg_color="transparent")
        self.add(self._row, 2 * GAP)
        say = self.kit.say
        self.connect = Button(self._row, say(N_("Connect")), self._model.test, kind="main")
        self.connect.pack(side="left")
        self.look = Button(self._row, say(N_("Search the network")), self._model.look)
        self.look.pack(side="left", padx=GAP)
        if back is not None:
            Button(self._row, say(N_("Back")), back, kind="quiet").pack(side="right")
            self.address.field.bind("<Escape>", lambda _event: back())

    def _show(self) -> None:
        model, say = self._model, self.kit.say
        self.address.put(model.text)
        self.address.enable(is_enabled=not model.is_testing)
        self._error.show(self.kit.explain(model.error) if model.error else "")
        self._show_fingerprint()
        self.connect.configure(text=say(N_("Trying…") if model.is_testing else N_("Connect")))
        self.connect.allow(not model.is_testing)
        self.look.configure(text=say(N_("Searching…") if model.is_looking else N_("Search the network")))
        self.look.allow(not model.is_looking)
        self._search.show(self._search_text())
        if (model.found or []) != self._shown:
            self._show_found(model.found or [])

    def _show_fingerprint(self) -> None:
        shown = self._model.offered_fingerprint
        self._fingerprint.show(
            self.kit.say(N_("Its fingerprint (SHA-256): %(fingerprint)s"), fingerprint=_in_lines(shown))
            if shown
            else ""
        )
        if shown:
            self.accept.pack(fill="x", pady=(GAP, 0), before=self._row)
        else:
            self.accept.pack_forget()

    def _search_text(self) -> str:
        model, say = self._model, self.kit.say
        if model.search_error:
            return self.kit.explain(model.search_error)
        if model.found is not None and not model.found:
            return say(N_("No server answered. It may be off, or in another network: ask IT for its address."))
        return ""

    def _show_found(self, found: list[Announced]) -> None:
        self._shown = found
        for child in self._list.winfo_children():
            child.destroy()
        for one in found[:MOST_SHOWN]:
            text = f"{one.name}   {one.address}"
            button = Button(self._list, text, partial(self._model.choose, one), anchor="w")
            button.pack(fill="x", pady=(GAP // 2, 0))


def _in_lines(fingerprint: str) -> str:
    """In two lines of 16 pairs, so that people can compare them."""
    half = len(fingerprint) // 2
    return f"\n{fingerprint[:half]}\n{fingerprint[half + 1 :]}"
